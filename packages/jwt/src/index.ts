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
export { type SecurityEventTransmitterOptions, securityEventTransmitter } from './tokens/security-event-transmitter.ts'
export { type SecurityEventVerifierOptions, securityEventVerifier } from './tokens/security-events.ts'
export { withSignedIntrospection } from './tokens/signed-introspection.ts'
export { type JwtClaims, type JwtVerifierOptions, jwtVerifier } from './tokens/verifier.ts'

// Clients that nobody has registered

export type { FetchDocument, FetchedDocument } from './client-authentication/safe-fetch.ts'
export {
  type ClientsWithDocuments,
  type MetadataDocumentsOptions,
  withMetadataDocuments,
} from './metadata-documents/with-metadata-documents.ts'

// Client authentication

export type { ClientAlgorithm } from './client-authentication/algorithms.ts'
export type { AssertionOptions } from './client-authentication/assertion.ts'
export { type AttestedClientOptions, type Attester, attestedClient } from './client-authentication/attested-client.ts'
export type { RemoteKeysOptions } from './client-authentication/client-keys.ts'
export { clientSecretJwt } from './client-authentication/client-secret-jwt.ts'
export type { CertificateHeader, CertificateOptions } from './client-authentication/presented-certificate.ts'
export { type PrivateKeyJwtOptions, privateKeyJwt } from './client-authentication/private-key-jwt.ts'
export {
  type SelfSignedTlsOptions,
  selfSignedTlsClientAuth,
  tlsClientAuth,
} from './client-authentication/tls-client-auth.ts'
