import type { ServerContext } from '../contract/context.ts'
import type { TokenClaims } from '../contract/device-auth.ts'
import type { FoundToken, TokenFamily } from '../contract/store.ts'
import { hashSecret } from '../crypto/secrets.ts'
import { audienceOf } from './audience.ts'
import { readRefreshToken } from './refresh-token.ts'

/** Finds an access token or a refresh token of this server; `undefined` if it is unknown, expired or revoked. */
export async function findToken<Native>(
  token: string,
  context: ServerContext<Native>,
): Promise<FoundToken | undefined> {
  const grantId =
    readRefreshToken(token, context.tokenKeys)?.grantId ?? (await context.options.accessToken.locate(token))
  return grantId === undefined ? undefined : findNoted(grantId, token, context)
}

/** Finds a token, and reports that its use could not be noted. */
async function findNoted<Native>(
  grantId: string,
  token: string,
  context: ServerContext<Native>,
): Promise<FoundToken | undefined> {
  const found = await context.store.findToken(grantId, hashSecret(token), context.now())
  if (found !== undefined && found.type !== 'rotated' && found.noteFailure !== undefined) {
    context.fail('findToken', found.noteFailure, { endpoint: 'introspection' })
  }
  return found
}

/** True if the client is still registered and the account is still active. Otherwise no token of the family is alive. */
export async function isFamilyActive<Native>(
  { clientId, subject }: TokenFamily,
  { findClient, hooks }: ServerContext<Native>,
): Promise<boolean> {
  if ((await findClient(clientId)) === undefined) return false
  return (await hooks.isUserActive(subject)) === true
}

/** The claims of a live access token whose client and user are still active; else `undefined`. */
export async function authenticate<Native>(
  accessToken: string,
  context: ServerContext<Native>,
): Promise<TokenClaims | undefined> {
  const grantId = await context.options.accessToken.locate(accessToken)
  if (grantId === undefined) return undefined
  const found = await findNoted(grantId, accessToken, context)
  if (found?.type !== 'access_token') return undefined
  const { family, scope, target, issuedAt, expiresAt } = found
  if (!(await isFamilyActive(family, context))) return undefined
  const { subject, username, clientId, authentication } = family
  const authorizationDetails = target?.authorizationDetails
  const audience = audienceOf(target, context.options.accessToken)
  return {
    subject,
    ...(username === undefined ? {} : { username }),
    clientId,
    scope,
    ...(audience === undefined ? {} : { audience }),
    ...(authorizationDetails === undefined ? {} : { authorizationDetails }),
    ...(authentication === undefined ? {} : { authentication }),
    issuedAt,
    expiresAt,
    grantId,
  }
}
