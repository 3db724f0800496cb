import { randomBytes } from 'node:crypto'
import {
  type AccessTokenFormat,
  type ApprovedGrant,
  type Awaitable,
  checkOptions,
  isAudience,
  isFunction,
  isWholeFrom,
  opaqueTokens,
  type TokenIssuer,
} from '@device-auth/core'
import { createKeyRing, type Keys } from '../keys/key-ring.ts'
import { signJwt } from '../keys/sign.ts'
import { jwtOwner } from '../owners.ts'
import { authenticationClaims, withoutReserved } from './claims.ts'
import { confirmationOf } from './confirmation.ts'
import { payloadOf } from './decode.ts'
import { isKeys } from './is-keys.ts'
import { introspectionSigner } from './signed-introspection.ts'

/** The options of {@link jwtAccessTokens}. */
export interface JwtAccessTokenOptions {
  /** The keys that sign. Resource servers find the public ones at `/jwks`. */
  readonly keys: Keys
  /**
   * The resource servers that may accept a token for which no `resource` was asked: the claim `aud`.
   * @see {@link https://www.rfc-editor.org/rfc/rfc9068#section-3 RFC 9068 section 3}
   */
  readonly audience: string | readonly string[]
  /**
   * The lifetime of a token in seconds. A resource server that verifies tokens by `/jwks` alone accepts a revoked one until
   * it expires.
   * @default 300
   */
  readonly expiresIn?: number
  /** Further claims, such as roles. Called once per token. Everybody who has the token can read them. Default: none. */
  readonly claims?: (approved: ApprovedGrant) => Awaitable<Readonly<Record<string, unknown>>>
}

const owner = jwtOwner('jwtAccessTokens')

const checks = {
  keys: isKeys,
  audience: isAudience,
  expiresIn: isWholeFrom(1, 24 * 3600, 'seconds'),
  claims: isFunction,
}

/** The claims of an access token that no hook may change. */
const reserved = [
  'iss',
  'sub',
  'aud',
  'exp',
  'nbf',
  'iat',
  'jti',
  'client_id',
  'scope',
  'auth_time',
  'acr',
  'amr',
  'cnf',
  'authorization_details',
]

/**
 * Access tokens as signed JWTs, for the option `accessToken`. The server itself still asks its store, so revoked tokens end
 * there at once, and opaque tokens that were issued before go on. Introspection responses are signed if a resource server asks for it.
 *
 * @throws {OptionError} for a wrong option or key.
 * @see {@link https://www.rfc-editor.org/rfc/rfc9068#section-2 RFC 9068 section 2}
 * @example
 * ```ts
 * const accessToken = jwtAccessTokens({ keys: privateKey, audience: 'https://api.example.com' })
 * ```
 */
export function jwtAccessTokens(options: JwtAccessTokenOptions): AccessTokenFormat {
  const { keys, audience, expiresIn = 300, claims } = checkOptions(owner, options, checks, ['keys', 'audience'])
  const ring = createKeyRing(keys)
  const opaque = opaqueTokens()
  const usual = typeof audience === 'string' ? audience : [...audience]
  return {
    expiresIn,
    audience: usual,
    keys: ring,
    introspection: introspectionSigner(ring),
    async issue(approved, server) {
      const own = claims === undefined ? {} : withoutReserved(await claims(approved), reserved, 'jwtAccessTokens')
      const aud = approved.target?.resources ?? usual
      const payload = { ...own, ...standardClaims(approved, server, expiresIn), aud: single(aud) }
      return signJwt(payload, 'at+jwt', ring.current())
    },
    locate: (token) => locate(token) ?? opaque.locate(token),
    confirmation: (token) => confirmationOf(payloadOf(token)) ?? opaque.confirmation?.(token),
  }
}

/** An audience of one as a text, which every library reads. */
function single(audience: string | readonly string[]): string | string[] {
  const [first = '', ...others] = [audience].flat()
  return others.length === 0 ? first : [first, ...others]
}

const tokenId = /^([A-Za-z0-9_-]{43})\.[A-Za-z0-9_-]{22}$/

/** The id of the grant in the `jti` of a token. It is there so that the store finds the token in one partition. */
export function grantIdOf(jti: string): string | undefined {
  return tokenId.exec(jti)?.[1]
}

function locate(token: string): string | undefined {
  const jti = payloadOf(token)?.jti
  return typeof jti === 'string' ? grantIdOf(jti) : undefined
}

/**
 * @see {@link https://www.rfc-editor.org/rfc/rfc9068#section-2.2 RFC 9068 section 2.2}
 * @see {@link https://www.rfc-editor.org/rfc/rfc9396#section-9.1 RFC 9396 section 9.1}
 */
function standardClaims(
  { client, confirmation, expiresBy = Number.POSITIVE_INFINITY, grantId, scope, target, userGrant }: ApprovedGrant,
  { issuer, now }: TokenIssuer,
  expiresIn: number,
): Record<string, unknown> {
  const iat = Math.floor(now / 1000)
  return {
    iss: issuer,
    sub: userGrant.subject,
    client_id: client.client_id,
    iat,
    exp: Math.min(iat + expiresIn, Math.floor(expiresBy / 1000)),
    jti: `${grantId}.${randomBytes(16).toString('base64url')}`,
    scope,
    ...(target?.authorizationDetails === undefined ? {} : { authorization_details: target.authorizationDetails }),
    ...authenticationClaims(userGrant.authentication),
    ...(confirmation === undefined ? {} : { cnf: confirmation }),
  }
}
