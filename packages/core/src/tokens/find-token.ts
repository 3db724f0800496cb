import type { ServerContext } from '../contract/context.ts'
import type { TokenClaims } from '../contract/device-auth.ts'
import type { FoundToken } from '../contract/store.ts'
import { hashSecret } from '../crypto/secrets.ts'
import { readRefreshToken } from './refresh-token.ts'

/** Finds an access token or a refresh token of this server; `undefined` if it is unknown, expired or revoked. */
export async function findToken<Native>(
  token: string,
  context: ServerContext<Native>,
): Promise<FoundToken | undefined> {
  const grantId =
    readRefreshToken(token, context.tokenKeys)?.grantId ?? (await context.options.accessToken.locate(token))
  return grantId === undefined ? undefined : context.store.findToken(grantId, hashSecret(token), context.now())
}

/** The claims of a live access token whose user is still active; else `undefined`. */
export async function authenticate<Native>(
  accessToken: string,
  context: ServerContext<Native>,
): Promise<TokenClaims | undefined> {
  const grantId = await context.options.accessToken.locate(accessToken)
  if (grantId === undefined) return undefined
  const found = await context.store.findToken(grantId, hashSecret(accessToken), context.now())
  if (found?.type !== 'access_token') return undefined
  const { family, scope, issuedAt, expiresAt } = found
  if ((await context.hooks.isUserActive(family.subject)) !== true) return undefined
  const { subject, username, clientId } = family
  return { subject, ...(username === undefined ? {} : { username }), clientId, scope, issuedAt, expiresAt, grantId }
}
