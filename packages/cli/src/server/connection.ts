import { text } from 'node:stream/consumers'
import {
  type ClientAuthentication,
  clientSecretBasic,
  clientSecretPost,
  type DeviceFlowOptions,
} from '@device-auth/client'
import { usageError } from '../errors.ts'
import type { ServerOptions } from '../options.ts'
import { plain } from '../terminal/plain-text.ts'
import type { Screen } from '../terminal/screen.ts'
import type { Surroundings } from '../terminal/surroundings.ts'
import { version } from '../version.ts'
import { guardedFetch, isSafe } from './guarded-fetch.ts'
import { profileOf } from './issuer.ts'

/** Which server, and how it is spoken to. */
export type Connection = Pick<
  DeviceFlowOptions,
  'profile' | 'authentication' | 'fetch' | 'dangerouslyAllowHttp' | 'headers' | 'signal' | 'maxAttempts'
>

/** How the server of `issuer` is spoken to. */
export async function connect(
  issuer: string,
  options: ServerOptions,
  surroundings: Surroundings,
  screen: Screen,
): Promise<Connection> {
  const { provider, dangerouslyAllowHttp: allowHttp = false, verbose } = options
  if (!isSafe(issuer, allowHttp))
    throw usageError(`${plain(issuer)} is not an https address.`, 'http is for servers on this machine.')
  const trace = verbose ? (line: string): void => screen.line(screen.paint('dim', line)) : undefined
  return {
    profile: provider === undefined ? undefined : profileOf(provider),
    authentication: await authenticationOf(options, surroundings, screen),
    fetch: guardedFetch(allowHttp, trace),
    // the client asks for all addresses or none; the fetch above knows which
    dangerouslyAllowHttp: allowHttp || issuer.startsWith('http:'),
    headers: { 'user-agent': `device-auth-cli/${version} (${surroundings.platform})` },
    signal: surroundings.signal,
    // a person waits: a server that is not there is told of after 3 seconds, not 15
    maxAttempts: 3,
  }
}

async function authenticationOf(
  { clientSecret, clientSecretStdin, authMethod }: ServerOptions,
  { env, stdin }: Surroundings,
  screen: Screen,
): Promise<ClientAuthentication | undefined> {
  if (clientSecret !== undefined)
    screen.warning(
      'Others on this machine can read --client-secret: use DEVICE_AUTH_CLIENT_SECRET or --client-secret-stdin.',
    )
  const typed = clientSecretStdin ? (await text(stdin)).trim() : undefined
  if (typed === '') throw usageError('There is no client secret on stdin.', 'Pipe it in, or leave the option out.')
  const secret = clientSecret ?? typed ?? env.DEVICE_AUTH_CLIENT_SECRET
  if (secret === undefined || secret === '') return undefined
  return authMethod === 'post' ? clientSecretPost(secret) : clientSecretBasic(secret)
}
