export { type AddressRange, addressKey } from './address.ts'
export {
  type AccessControl,
  type BearerCredentials,
  checkToken,
  readBearer,
  type TokenAuthority,
  type TokenCheck,
} from './bearer.ts'
export { OptionError } from './check-options.ts'
export { type ClientAuthentication, secretsEqual } from './client-authentication.ts'
export { hashSecret, type UserCodeShape, type UserCodeType } from './codes.ts'
export { DeviceAuthHooks } from './default-hooks.ts'
export type { DeviceAuth, Devices, TokenClaims } from './device-auth.ts'
export { type OpenApiOperation, type OpenApiSchema, openApiOperations } from './endpoints/open-api.ts'
export {
  errorResponse,
  isOAuthError,
  OAuthError,
  type OAuthErrorCode,
  type OAuthErrorOptions,
} from './errors.ts'
export {
  type DeviceAuthEventName,
  type DeviceAuthEvents,
  type DeviceAuthListener,
  eventNames,
  type LimitKind,
  type RefusalReason,
} from './events.ts'
export { type ParsedRequest, parseForm } from './form.ts'
export type { GrantHandler } from './grants/grant.ts'
export type {
  ApprovedGrant,
  DeviceAuthorizationContext,
  EndpointName,
  ErrorContext,
  HookName,
  Hooks,
  IssuedCodes,
  RequesterDescription,
  TokenRequest,
  User,
} from './hooks.ts'
export {
  type Awaitable,
  type Endpoint,
  jsonResponse,
  type OAuthRequest,
  type OAuthResponse,
  type RequestHeaders,
} from './http.ts'
export type { DeviceAuthOptions, Limits, Paths } from './options.ts'
export { type Language, messages } from './pages/locales.ts'
export type { DevicesMessages, MessageChanges, Messages } from './pages/messages.ts'
export type {
  DeviceDetails,
  DevicesNotice,
  EnterNotice,
  PageBase,
  PageEndpoint,
  PageError,
  PageModel,
  RequestDetails,
  Warning,
} from './pages/model.ts'
export type { PagesOptions, Theme } from './pages/options.ts'
export type { Mitigation } from './policy/describe.ts'
export type { ApprovalRule, CodesRequest, Comparison, Policy, PolicyRule, Risk, Verdict } from './policy/policy.ts'
export {
  type Client,
  type ClientAuthenticationMethod,
  DEVICE_CODE_GRANT_TYPE,
  type DeviceAuthorizationResponse,
  deviceClient,
  type ErrorResponse,
  type IntrospectionResponse,
  REFRESH_TOKEN_GRANT_TYPE,
  type TokenResponse,
} from './protocol.ts'
export { defaultPaths } from './resolve-options.ts'
export { createDeviceAuth } from './server.ts'
export { MemoryStore, type MemoryStoreOptions } from './stores/memory.ts'
export {
  type AttemptBudget,
  type AttemptRefusal,
  type Claimant,
  type ClaimResult,
  type DecideResult,
  type DeviceCredential,
  type DeviceDescriptor,
  type DeviceStore,
  type FoundToken,
  type Grant,
  type GrantFilter,
  MAX_INTERVAL,
  POLL_TOLERANCE,
  type PollResult,
  type Redemption,
  type Requester,
  SLOW_DOWN_STEP,
  StoreFullError,
  type TokenRecord,
  tombstoneEnd,
  type UserGrant,
} from './stores/store.ts'
export type { AccessTokenFormat } from './tokens/format.ts'
export { opaqueTokens } from './tokens/opaque.ts'
