export {
  type ClientAuthentication,
  clientSecretBasic,
  clientSecretPost,
  none,
  type RequestDraft,
  tlsClientAuth,
} from './client-authentication.ts'
export type { Clock } from './clock.ts'
export {
  type DeviceAuthorizationRequest,
  type DeviceAuthorizationResult,
  type DeviceCode,
  requestDeviceAuthorization,
} from './device-authorization.ts'
export { createDpopProver, type DpopKeyPair, type DpopProver } from './dpop.ts'
export type { ExchangeOptions, Fetch } from './exchange.ts'
export { type PrivateKeyJwtOptions, privateKeyJwt, type SigningKey } from './jwt.ts'
export type { EndpointRequest, Parameters, RequestOptions } from './post.ts'
export type { ProviderProfile } from './profile.ts'
export type { Failure } from './results.ts'
export {
  DEVICE_CODE_GRANT_TYPE,
  type DeviceTokenRequest,
  type DeviceTokenResult,
  pollDeviceToken,
  type RefreshTokenRequest,
  refreshToken,
  type Token,
} from './token.ts'
