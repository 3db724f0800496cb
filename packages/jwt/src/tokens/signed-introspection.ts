import { type AccessTokenFormat, checkOptions, type IntrospectionSigner } from '@device-auth/core'
import { createKeyRing, type KeyRing, type Keys } from '../keys/key-ring.ts'
import { signJwt } from '../keys/sign.ts'
import { jwtOwner } from '../owners.ts'
import { isKeys } from './is-keys.ts'

/**
 * Signs introspection responses. The claims of the token are in `token_introspection` alone, so that no response can pass for a token.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc9701#section-5 RFC 9701 section 5}
 */
export function introspectionSigner(ring: KeyRing): IntrospectionSigner {
  return {
    algorithms: ring.algorithms(),
    sign(response, audience, { issuer, now }) {
      const claims = { iss: issuer, aud: audience, iat: Math.floor(now / 1000), token_introspection: response }
      return signJwt(claims, 'token-introspection+jwt', ring.current())
    },
  }
}

const owner = jwtOwner('withSignedIntrospection')

/**
 * A format of tokens, such as `opaqueTokens()`, with introspection responses that are signed for a resource server that asks for them by
 * `Accept: application/token-introspection+jwt`: it can keep the answer as evidence. `jwtAccessTokens` has that already.
 *
 * @throws {OptionError} for a wrong option or key.
 * @see {@link https://www.rfc-editor.org/rfc/rfc9701#section-3 RFC 9701 section 3}
 * @example
 * ```ts
 * const accessToken = withSignedIntrospection(opaqueTokens(), { keys: privateKey })
 * ```
 */
export function withSignedIntrospection(
  format: AccessTokenFormat,
  options: { readonly keys: Keys },
): AccessTokenFormat {
  const ring = createKeyRing(checkOptions(owner, options, { keys: isKeys }, ['keys']).keys)
  return { ...format, keys: ring, introspection: introspectionSigner(ring) }
}
