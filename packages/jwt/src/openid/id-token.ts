import type { ApprovedGrant, TokenIssuer, TokenResponse } from '@device-auth/core'
import type { Algorithm } from '../keys/signing-key.ts'
import { authenticationClaims } from '../tokens/claims.ts'
import { accessTokenHash } from './access-token-hash.ts'

const subject = /^[\x21-\x7e][\x20-\x7e]{0,254}$/

/**
 * The claims of an id_token. `sid` is the id of the token family, which stays the same with each refresh. `nonce` comes once, with
 * the answer to the request that had it.
 *
 * @param expiresIn - Seconds.
 * @throws {TypeError} for a subject that OpenID Connect does not allow: at most 255 characters of ASCII.
 * @see {@link https://openid.net/specs/openid-connect-core-1_0.html#IDToken OpenID Connect Core section 2}
 * @see {@link https://openid.net/specs/openid-connect-core-1_0.html#RefreshTokenResponse OpenID Connect Core section 12.2}
 */
export function idTokenClaims(
  { client, userGrant, grantId, credential }: ApprovedGrant,
  { access_token }: TokenResponse,
  { issuer, now }: TokenIssuer,
  expiresIn: number,
  alg: Algorithm,
): Record<string, unknown> {
  if (!subject.test(userGrant.subject))
    throw new TypeError(
      'openIdConnect: a `subject` may have at most 255 characters of ASCII (OpenID Connect Core section 2).',
    )
  const iat = Math.floor(now / 1000)
  return {
    iss: issuer,
    sub: userGrant.subject,
    aud: client.client_id,
    azp: client.client_id,
    iat,
    exp: iat + expiresIn,
    ...authenticationClaims(userGrant.authentication),
    ...(credential?.nonce === undefined ? {} : { nonce: credential.nonce }),
    at_hash: accessTokenHash(access_token, alg),
    sid: grantId,
  }
}
