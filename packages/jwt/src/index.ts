/**
 * Signed tokens for `@device-auth/core`: JWT access tokens for the option `accessToken`, OpenID Connect for the option
 * `openid`, and the verification of tokens in other services.
 *
 * @module
 * @see {@link https://www.rfc-editor.org/rfc/rfc9068#section-1 RFC 9068 section 1}
 */

export { type DpopAlgorithm, type DpopOptions, dpop } from './dpop/dpop.ts'
export type { Keys, RotatingKeys } from './keys/key-ring.ts'
export type { Algorithm, NamedKey, RemoteKey, SigningKey } from './keys/signing-key.ts'
export {
  type CertificateBindingOptions,
  type ClientCertificate,
  certificateBinding,
} from './mtls/certificate-binding.ts'
export { type ClaimsRequest, type OpenIdOptions, openIdConnect } from './openid/openid-connect.ts'
export { type JwtAccessTokenOptions, jwtAccessTokens } from './tokens/access-tokens.ts'
export { type JwtClaims, type JwtVerifierOptions, jwtVerifier } from './tokens/verifier.ts'
