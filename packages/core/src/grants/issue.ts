import { isRegisteredFor } from '../clients/registered-methods.ts'
import type { ServerContext } from '../contract/context.ts'
import type { ApprovedGrant, TokenRequest } from '../contract/hook-arguments.ts'
import type { TokenRecord } from '../contract/store.ts'
import { hashSecret } from '../crypto/secrets.ts'
import { type Awaitable, chain } from '../http.ts'
import { type Client, TOKEN_EXCHANGE_GRANT_TYPE, type TokenResponse } from '../protocol.ts'
import { intersectScope, isWithinScope } from '../scope.ts'
import { boundKey, isSameKey } from '../tokens/bound-text.ts'

/**
 * The scope of the access token: what was granted, without scopes that the client has lost since. If the client has no
 * registered scopes and the application validates scopes by its own hook, the granted scope stays as it is.
 */
export function tokenScope<Native>(granted: string, { scope }: Client, { overridden }: ServerContext<Native>): string {
  return scope === undefined && overridden.has('validateRequestedScope')
    ? granted
    : intersectScope(granted, scope ?? '')
}

/**
 * The keys of the tokens. The access token is bound to the key that the request proved. So is the refresh token of a public client, and
 * that of a grant that was bound from the first request; a confidential client may change its key otherwise.
 *
 * @param text - The device code or the refresh token of the request.
 * @see {@link https://www.rfc-editor.org/rfc/rfc9449#section-5 RFC 9449 section 5}
 */
export function tokenKeys<Native>(
  { client, confirmation }: TokenRequest<Native>,
  text: string,
): Pick<ApprovedGrant<Native>, 'confirmation' | 'refreshConfirmation'> {
  if (confirmation === undefined) return {}
  const binds = isRegisteredFor(client, 'none') || boundKey(text) !== undefined
  return binds ? { confirmation, refreshConfirmation: confirmation } : { confirmation }
}

/** Asks the hooks if the account is active and the tokens may be issued. Any answer but `true` refuses. */
export function mayIssue<Native>(
  approved: ApprovedGrant<Native>,
  { hooks }: ServerContext<Native>,
): Awaitable<boolean> {
  return chain(hooks.isUserActive(approved.userGrant.subject), (active) => {
    return active === true && chain(hooks.beforeIssue(approved), (may) => may === true)
  })
}

/**
 * Makes the tokens, and the response that carries them, by the hooks `generateToken` and `createTokenResponse`.
 *
 * @param startedAt - Epoch milliseconds; the device signed in then.
 */
export async function issueToken<Native>(
  approved: ApprovedGrant<Native>,
  context: ServerContext<Native>,
  startedAt: number = context.now(),
): Promise<{ token: TokenResponse; response: TokenResponse }> {
  const made = checkTokenResponse('generateToken', await context.hooks.generateToken(approved))
  checkBound(made, approved, context)
  const described = withLifetimes(withDetails(made, approved), startedAt, context)
  const token = await withIdToken(described, approved, context)
  const response = checkTokenResponse('createTokenResponse', await context.hooks.createTokenResponse(token, approved))
  return { token, response }
}

/**
 * Adds the granted details.
 * @see {@link https://www.rfc-editor.org/rfc/rfc9396#section-7 RFC 9396 section 7}
 */
function withDetails<Native>(token: TokenResponse, { target }: ApprovedGrant<Native>): TokenResponse {
  const details = target?.authorizationDetails
  return details === undefined ? token : { authorization_details: details, ...token }
}

/**
 * Adds the lifetime of the refresh token, in seconds: by the name that most clients read, and by those of the draft.
 * @see {@link https://www.ietf.org/archive/id/draft-ietf-oauth-refresh-token-expiration-03.html#section-6.1 draft-ietf-oauth-refresh-token-expiration-03 section 6.1}
 */
function withLifetimes<Native>(
  token: TokenResponse,
  startedAt: number,
  { options, now }: ServerContext<Native>,
): TokenResponse {
  if (token.refresh_token === undefined || options.refreshToken === false) return token
  const { expiresIn, maxLifetime } = options.refreshToken
  if (maxLifetime === undefined)
    return { refresh_token_expires_in: expiresIn, refresh_token_timeout: expiresIn, ...token }
  const left = Math.max(0, Math.floor((startedAt - now()) / 1000 + maxLifetime))
  const timeout = Math.min(expiresIn, left)
  return {
    refresh_token_expires_in: timeout,
    refresh_token_timeout: timeout,
    authorization_expires_in: left,
    ...token,
  }
}

/**
 * Adds the id_token, if the scope of the access token has `openid`.
 * @see {@link https://openid.net/specs/openid-connect-core-1_0.html#TokenResponse OpenID Connect Core section 3.1.3.3}
 * @see {@link https://openid.net/specs/openid-connect-core-1_0.html#RefreshTokenResponse OpenID Connect Core section 12.2}
 */
function withIdToken<Native>(
  token: TokenResponse,
  approved: ApprovedGrant<Native>,
  { openid, options: { issuer }, now }: ServerContext<Native>,
): Awaitable<TokenResponse> {
  if (openid === undefined || !isWithinScope('openid', approved.scope)) return token
  // an exchange gives the one token that was asked for
  if (approved.grantType === TOKEN_EXCHANGE_GRANT_TYPE) return token
  return chain(openid.issue(approved, token, { issuer, now: now() }), (id_token) => ({ ...token, id_token }))
}

/** Refuses a token of the application's own hook that has lost the key: whoever steals it could use it. */
function checkBound<Native>(
  { access_token }: TokenResponse,
  { confirmation }: ApprovedGrant<Native>,
  { options: { accessToken } }: ServerContext<Native>,
): void {
  if (confirmation === undefined || isSameKey(accessToken.confirmation?.(access_token), confirmation)) return
  throw new TypeError(
    'Device Auth: generateToken must return an access_token that is bound to the key `approved.confirmation`; call super.generateToken, or bind the token by the option `accessToken`.',
  )
}

function checkTokenResponse(hook: string, token: TokenResponse): TokenResponse {
  const { access_token, token_type, expires_in } = Object(token)
  if (typeof access_token !== 'string' || typeof token_type !== 'string' || !Number.isFinite(expires_in)) {
    throw new TypeError(`Device Auth: ${hook} must return access_token, token_type and expires_in (seconds).`)
  }
  return token
}

/**
 * The part of a token response that the store keeps: hashes and instants, never a token.
 * @param startedAt - Epoch milliseconds; the device signed in then, and `refreshToken.maxLifetime` begins.
 */
export function tokenRecord<Native>(
  token: TokenResponse,
  { scope, target }: Pick<ApprovedGrant<Native>, 'scope' | 'target'>,
  issuedAt: number,
  { options }: ServerContext<Native>,
  startedAt: number,
): TokenRecord {
  const record = {
    accessTokenHash: hashSecret(token.access_token),
    issuedAt,
    accessTokenExpiresAt: issuedAt + token.expires_in * 1000,
    scope,
    target,
  }
  if (token.refresh_token === undefined || options.refreshToken === false) return record
  const { expiresIn, maxLifetime = Number.POSITIVE_INFINITY } = options.refreshToken
  return {
    ...record,
    refreshTokenHash: hashSecret(token.refresh_token),
    refreshTokenExpiresAt: Math.min(issuedAt + expiresIn * 1000, startedAt + maxLifetime * 1000),
  }
}
