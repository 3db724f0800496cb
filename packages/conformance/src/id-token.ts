import type { ConformanceContext } from './case.ts'
import { client, type Parameters } from './client.ts'
import { type Device, prepare, signIn } from './device.ts'
import { check, type Tokens } from './expect.ts'
import { type ReadJwt, readJwt } from './verify.ts'

/** A device with tokens and the id_token beside them. */
export type SignedIn = Device & { readonly tokens: Tokens; readonly idToken: string; readonly jwt: ReadJwt }

/** Reads the id_token of a token response. Fails if it is missing, or no JWT. */
export function readIdToken({ content }: Tokens): Pick<SignedIn, 'idToken' | 'jwt'> {
  const { id_token: idToken } = content
  check(typeof idToken === 'string', 'id_token in the token response')
  const jwt = readJwt(idToken)
  check(jwt !== undefined, 'an id_token that is a signed JWT')
  return { idToken, jwt }
}

/** A device with an id_token. Skips the case if the server issues none. */
export async function signInForIdToken(t: ConformanceContext, parameters: Parameters = {}): Promise<SignedIn> {
  const device = await signIn(t, client(t, 'openid'), parameters)
  return { ...device, ...(await prepare('an id_token', async () => readIdToken(device.tokens))) }
}
