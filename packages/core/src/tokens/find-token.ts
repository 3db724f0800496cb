import type { ServerContext } from '../contract/context.ts'
import type { PresentedToken, TokenClaims } from '../contract/device-auth.ts'
import type { FoundToken, TokenFamily } from '../contract/store.ts'
import { hashSecret } from '../crypto/secrets.ts'
import { audienceOf } from './audience.ts'
import { readRefreshToken } from './refresh-token.ts'
import { firstUse, isPresentedByHolder } from './token-holder.ts'

/** Finds an access token or a refresh token of this server, a replaced or expired one too; `undefined` if it is unknown or revoked. */
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
  if (found !== undefined && 'issuedAt' in found && found.noteFailure !== undefined) {
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

/**
 * The claims of a live access token whose client and user are still active; else `undefined`. The proof of a bound token is checked
 * first, because the store notes that a token was used.
 */
export async function authenticate<Native>(
  accessToken: string,
  presented: PresentedToken<Native> | undefined,
  context: ServerContext<Native>,
): Promise<TokenClaims | undefined> {
  // a caller in JavaScript may find no token in a request, and hand on that
  if (typeof accessToken !== 'string') return undefined
  const format = context.options.accessToken
  const grantId = await format.locate(accessToken)
  if (grantId === undefined) return undefined
  const confirmation = format.confirmation?.(accessToken)
  const { keyBinding, nonceKeys, now } = context
  const checks = { keyBinding, server: { now: now(), nonceKeys }, firstUse: firstUse(context) }
  if (!(await isPresentedByHolder(accessToken, confirmation, presented, checks))) return undefined
  const found = await findNoted(grantId, accessToken, context)
  if (found?.type !== 'access_token') return undefined
  const { family, scope, target, issuedAt, expiresAt } = found
  if (!(await isFamilyActive(family, context))) return undefined
  const { subject, username, clientId, authentication, data } = family
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
    ...(confirmation === undefined ? {} : { confirmation }),
    ...(data === undefined ? {} : { data }),
  }
}
