import { type Awaitable, checkOptions, isFunction, isObject, isWholeFrom, type OpenIdProvider } from '@device-auth/core'
import { createKeyRing, type Keys } from '../keys/key-ring.ts'
import { signJwt } from '../keys/sign.ts'
import { jwtOwner } from '../owners.ts'
import { withoutReserved } from '../tokens/claims.ts'
import { idTokenClaims } from './id-token.ts'
import { claimsOfScope, scopeClaims } from './scope-claims.ts'

/** The request for claims about a user. */
export interface ClaimsRequest {
  /** The user: the claim `sub`. */
  readonly subject: string
  readonly clientId: string
  /** The scope that the user granted, space-delimited. */
  readonly scope: string
  /** The place where the claims go. An id_token stays small if most claims are left to `userinfo`. */
  readonly target: 'id_token' | 'userinfo'
}

/** The options of {@link openIdConnect}. */
export interface OpenIdOptions {
  /** The keys that sign id_tokens: usually those of `jwtAccessTokens`. */
  readonly keys: Keys
  /** The lifetime of an id_token in seconds. @default 3600 */
  readonly expiresIn?: number
  /**
   * The claims about a user, such as `name` and `email`. Called once per id_token and once per request to `/userinfo`.
   * Standard claims go out only if their scope is granted (`profile`, `email`, `address`, `phone`); others always do.
   * Default: none but `sub`.
   * @see {@link https://openid.net/specs/openid-connect-core-1_0.html#ScopeClaims OpenID Connect Core section 5.4}
   */
  readonly claims?: (request: ClaimsRequest) => Awaitable<Readonly<Record<string, unknown>>>
}

const owner = jwtOwner('openIdConnect')
const checks = {
  keys: (value: unknown) => (typeof value === 'function' ? undefined : isObject(value)),
  expiresIn: isWholeFrom(1, 24 * 3600, 'seconds'),
  claims: isFunction,
}

/** The claims of an id_token that no hook may change. */
const reserved = ['iss', 'sub', 'aud', 'exp', 'nbf', 'iat', 'nonce', 'auth_time', 'acr', 'amr', 'azp', 'at_hash', 'sid']

/**
 * OpenID Connect, for the option `openid`. The scope `openid` gives the device an id_token, also with each refresh, and opens
 * `/userinfo`. A device gets a refresh token only if the user granted `offline_access` too.
 *
 * @throws {OptionError} for a wrong option or key.
 * @see {@link https://openid.net/specs/openid-connect-core-1_0.html#IDToken OpenID Connect Core section 2}
 * @example
 * ```ts
 * const openid = openIdConnect({ keys: privateKey, claims: async ({ subject }) => ({ name: await nameOf(subject) }) })
 * ```
 */
export function openIdConnect(options: OpenIdOptions): OpenIdProvider {
  const { keys, expiresIn = 3600, claims } = checkOptions(owner, options, checks, ['keys'])
  const ring = createKeyRing(keys)
  const ownClaims = async (request: ClaimsRequest): Promise<Readonly<Record<string, unknown>>> => {
    if (claims === undefined) return {}
    return claimsOfScope(withoutReserved(await claims(request), reserved, 'openIdConnect'), request.scope)
  }
  return {
    keys: ring,
    metadata: Object.freeze({
      subject_types_supported: Object.freeze(['public']),
      id_token_signing_alg_values_supported: Object.freeze(ring.algorithms()),
      claims_supported: Object.freeze([...reserved.filter((name) => name !== 'nbf'), ...(claims ? scopeClaims : [])]),
      claims_parameter_supported: false,
      request_uri_parameter_supported: false,
    }),
    async issue(approved, token, server) {
      const { client, userGrant, scope } = approved
      const request = { subject: userGrant.subject, clientId: client.client_id, scope, target: 'id_token' } as const
      const key = ring.current()
      const own = await ownClaims(request)
      return signJwt({ ...own, ...idTokenClaims(approved, token, server, expiresIn, key.alg) }, 'JWT', key)
    },
    userInfo: ({ subject, clientId, scope }) => ownClaims({ subject, clientId, scope, target: 'userinfo' }),
  }
}
