import type { ServerContext } from '../contract/context.ts'
import type { ApprovedGrant } from '../contract/hooks.ts'
import type { TokenRecord } from '../contract/store.ts'
import { hashSecret } from '../crypto/secrets.ts'
import type { Client, TokenResponse } from '../protocol.ts'
import { intersectScope } from '../scope.ts'

/**
 * What the access token is for: the client may have lost a scope since it asked. One without registered scopes under
 * a scope rule of the application's own has lost none.
 */
export function tokenScope<Native>(granted: string, { scope }: Client, { overridden }: ServerContext<Native>): string {
  return scope === undefined && overridden.has('validateRequestedScope')
    ? granted
    : intersectScope(granted, scope ?? '')
}

/** Asks the application whether the account is in order and the tokens may be issued; only `true` is a yes. */
export async function mayIssue<Native>(
  approved: ApprovedGrant<Native>,
  context: ServerContext<Native>,
): Promise<boolean> {
  const active = await context.hooks.isUserActive(approved.userGrant.subject)
  return active === true && (await context.hooks.beforeIssue(approved)) === true
}

/** Makes the tokens and the response that carries them. */
export async function issueToken<Native>(
  approved: ApprovedGrant<Native>,
  context: ServerContext<Native>,
): Promise<{ token: TokenResponse; response: TokenResponse }> {
  const token = checkTokenResponse('generateToken', await context.hooks.generateToken(approved))
  const response = checkTokenResponse('createTokenResponse', await context.hooks.createTokenResponse(token, approved))
  return { token, response }
}

function checkTokenResponse(hook: string, token: TokenResponse): TokenResponse {
  const { access_token, token_type, expires_in } = Object(token)
  if (typeof access_token !== 'string' || typeof token_type !== 'string' || !Number.isFinite(expires_in)) {
    throw new TypeError(`Device Auth: ${hook} must return access_token, token_type and expires_in (seconds).`)
  }
  return token
}

/** What the store keeps of a token: hashes and instants. */
export function tokenRecord<Native>(
  token: TokenResponse,
  scope: string,
  issuedAt: number,
  { options }: ServerContext<Native>,
): TokenRecord {
  const record = {
    accessTokenHash: hashSecret(token.access_token),
    issuedAt,
    accessTokenExpiresAt: issuedAt + token.expires_in * 1000,
    scope,
  }
  if (token.refresh_token === undefined || options.refreshToken === false) return record
  return {
    ...record,
    refreshTokenHash: hashSecret(token.refresh_token),
    refreshTokenExpiresAt: issuedAt + options.refreshToken.expiresIn * 1000,
  }
}
