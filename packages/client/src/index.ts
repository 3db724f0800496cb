// Sign in, with stored tokens

export { type AuthenticateOptions, type AuthenticateResult, authenticate, type Strategy } from './authenticate.ts'

// Sign in, with events

export { DeviceFlow } from './device-flow.ts'
export type { FlowEvent } from './flow/events.ts'
export type { DeviceFlowOptions, FlowStatus, NonceMode, Stage } from './flow/options.ts'
export type { FlowSnapshot } from './flow/snapshot.ts'
export type { FlowEvents, FlowProperties } from './flow/state.ts'

// Sign in, in two halves

export { type DeviceCodeOptions, getDeviceCode, poll } from './device-code.ts'

// Requests to the endpoints, one HTTP exchange each

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
export {
  DEVICE_CODE_GRANT_TYPE,
  type DeviceTokenRequest,
  type DeviceTokenResult,
  pollDeviceToken,
  type RefreshTokenRequest,
  refreshTokens,
  type Token,
  type Warning,
} from './endpoints/token.ts'
export { type ExchangeOptions, type Fetch, isSecureAddress } from './http/exchange.ts'
export type { Failure } from './http/failure.ts'
export type { EndpointRequest, Parameters, RequestOptions } from './http/post.ts'

// The server: its endpoints and its provider profile

export {
  AuthorizationServer,
  type Endpoints,
  findEndpoints,
  type ServerOptions,
} from './endpoints/authorization-server.ts'
export type { ProviderProfile } from './providers/profile.ts'
export { findProfile, profiles } from './providers/profiles.ts'

// Polling: when to poll, and how a sign-in ended

export {
  type PollOptions,
  type PollReport,
  type PollRequest,
  pollUntilDone,
  type SignInResult,
} from './polling/loop.ts'
export type { Outcome, SignInFailure } from './polling/outcome.ts'
export { nextPollAt, type Pace, paceAfter } from './polling/pacing.ts'

// Client authentication and PKCE; DPoP is in @device-auth/client/dpop

export {
  type ClientAuthentication,
  type ClientCredentials,
  clientSecretBasic,
  clientSecretPost,
  none,
  type PrivateKeyJwtOptions,
  privateKeyJwt,
  type RequestDraft,
  tlsClientAuth,
} from './auth/client-authentication.ts'
export type { SigningAlgorithm, SigningKey } from './auth/jwt.ts'
export { createPkce } from './auth/pkce.ts'
export { readStepUp, type StepUp } from './auth/step-up.ts'

// Token stores; the one in files is in @device-auth/client/node

export {
  MemoryTokenStore,
  readTokenKey,
  type StoredToken,
  type TokenOwner,
  type TokenStore,
  tokenKey,
} from './storage/token-store.ts'

// The clock, which tests replace, and the environment

export type { Clock } from './runtime/clock.ts'
export { type Environment, unattendedReason } from './runtime/environment.ts'
