export {
  type ClientAuthentication,
  clientSecretBasic,
  clientSecretPost,
  none,
  type RequestDraft,
  tlsClientAuth,
} from './auth/client-authentication.ts'
export { createDpopProver, type DpopKeyPair, type DpopProver } from './auth/dpop.ts'
export { type PrivateKeyJwtOptions, privateKeyJwt, type SigningKey } from './auth/jwt.ts'
export { createPkce } from './auth/pkce.ts'
export { type AuthenticateOptions, type AuthenticateResult, authenticate, type Strategy } from './authenticate.ts'
export { getDeviceCode, type HostOptions, poll } from './device-code.ts'
export { DeviceFlow } from './device-flow.ts'
export {
  type DeviceAuthorizationRequest,
  type DeviceAuthorizationResult,
  type DeviceCode,
  requestDeviceAuthorization,
} from './endpoints/device-authorization.ts'
export {
  DeviceAuthorizationResponse,
  DeviceTokenResponse,
  FailedResponseAccessError,
  SuccessfulResponseAccessError,
} from './endpoints/guarded-responses.ts'
export { type DiscoveryResult, discover, type ServerMetadata } from './endpoints/metadata.ts'
export { type RevokeTokenRequest, type RevokeTokenResult, revokeToken } from './endpoints/revocation.ts'
export { type Endpoints, findEndpoints, type ServerOptions } from './endpoints/server.ts'
export {
  DEVICE_CODE_GRANT_TYPE,
  type DeviceTokenRequest,
  type DeviceTokenResult,
  pollDeviceToken,
  type RefreshTokenRequest,
  refreshToken,
  type Token,
} from './endpoints/token.ts'
export type { FlowEvent } from './flow/events.ts'
export type { DeviceFlowOptions, FlowStatus, NonceMode, Stage } from './flow/options.ts'
export type { FlowSnapshot } from './flow/snapshot.ts'
export type { FlowEvents, FlowProperties } from './flow/state.ts'
export type { ExchangeOptions, Fetch } from './http/exchange.ts'
export type { Failure } from './http/failure.ts'
export type { EndpointRequest, Parameters, RequestOptions } from './http/post.ts'
export {
  type PollOptions,
  type PollReport,
  type PollRequest,
  pollUntilDone,
  type SignInResult,
} from './polling/loop.ts'
export type { Outcome, SignInFailure } from './polling/outcome.ts'
export { nextPollAt, type Pace, paceAfter } from './polling/pacing.ts'
export type { ProviderProfile } from './providers/profile.ts'
export { findProfile, profiles } from './providers/profiles.ts'
export type { Clock } from './runtime/clock.ts'
export {
  MemoryTokenStore,
  readTokenKey,
  type StoredToken,
  type TokenOwner,
  type TokenStore,
  tokenKey,
} from './storage/token-store.ts'
