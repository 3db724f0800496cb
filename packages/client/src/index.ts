export { type AuthenticateOptions, type AuthenticateResult, authenticate, type Strategy } from './authenticate.ts'
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
export { getDeviceCode, type HostOptions, poll } from './device-code.ts'
export { DeviceFlow } from './device-flow.ts'
export { type DiscoveryResult, discover, type ServerMetadata } from './discover.ts'
export { createDpopProver, type DpopKeyPair, type DpopProver } from './dpop.ts'
export { type Endpoints, findEndpoints, type ServerOptions } from './endpoints.ts'
export type { ExchangeOptions, Fetch } from './exchange.ts'
export type { FlowEvent } from './flow-iterator.ts'
export type { DeviceFlowOptions, FlowStatus, NonceMode, Stage } from './flow-options.ts'
export type { FlowSnapshot } from './flow-snapshot.ts'
export type { FlowEvents, FlowProperties } from './flow-state.ts'
export { type PrivateKeyJwtOptions, privateKeyJwt, type SigningKey } from './jwt.ts'
export type { Outcome, SignInFailure } from './outcome.ts'
export { nextPollAt, type Pace, paceAfter } from './pacing.ts'
export { createPkce } from './pkce.ts'
export { type PollOptions, type PollReport, type PollRequest, pollUntilDone, type SignInResult } from './poll-loop.ts'
export type { EndpointRequest, Parameters, RequestOptions } from './post.ts'
export type { ProviderProfile } from './profile.ts'
export { findProfile, profiles } from './profiles.ts'
export {
  DeviceAuthorizationResponse,
  DeviceTokenResponse,
  FailedResponseAccessError,
  SuccessfulResponseAccessError,
} from './responses.ts'
export type { Failure } from './results.ts'
export { type RevokeTokenRequest, type RevokeTokenResult, revokeToken } from './revoke.ts'
export {
  DEVICE_CODE_GRANT_TYPE,
  type DeviceTokenRequest,
  type DeviceTokenResult,
  pollDeviceToken,
  type RefreshTokenRequest,
  refreshToken,
  type Token,
} from './token.ts'
export {
  MemoryTokenStore,
  readTokenKey,
  type StoredToken,
  type TokenOwner,
  type TokenStore,
  tokenKey,
} from './token-store.ts'
