export { type AddressRange, addressKey } from './address.ts'
export type { ClientAuthentication } from './contract/clients.ts'
export type { UserCodeShape, UserCodeType } from './contract/codes.ts'
export type { DeviceAuth, Devices, TokenClaims } from './contract/device-auth.ts'
export {
  type DeviceAuthEventName,
  type DeviceAuthEvents,
  type DeviceAuthListener,
  eventNames,
  type LimitKind,
  type RefusalReason,
} from './contract/events.ts'

export type { GrantHandler } from './contract/grant.ts'
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
} from './contract/hooks.ts'

export type { DeviceAuthOptions, Limits, Paths } from './contract/options.ts'
export type { DevicesMessages, Language, MessageChanges, Messages } from './contract/pages/messages.ts'
export type { DeviceDetails, PageBase, PageEndpoint, PageModel, RequestDetails } from './contract/pages/model.ts'
export type { DevicesNotice, EnterNotice, PageError, Warning } from './contract/pages/notices.ts'
export type { PagesOptions, Theme } from './contract/pages/options.ts'
export type {
  ApprovalRule,
  CodesRequest,
  Comparison,
  Mitigation,
  Policy,
  PolicyRule,
  Risk,
  Verdict,
} from './contract/policy.ts'

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
  type IncidentFilter,
  MAX_INTERVAL,
  POLL_TOLERANCE,
  type PollResult,
  type Redemption,
  type Requester,
  SLOW_DOWN_STEP,
  StoreFullError,
  type TokenFamily,
  type TokenRecord,
  tombstoneEnd,
  type UserGrant,
} from './contract/store.ts'

export type { AccessTokenFormat } from './contract/tokens.ts'
export { hashSecret, secretsEqual } from './crypto/secrets.ts'
export { type OpenApiOperation, type OpenApiSchema, openApiOperations } from './endpoints/open-api.ts'
export {
  errorResponse,
  isOAuthError,
  OAuthError,
  type OAuthErrorCode,
  type OAuthErrorOptions,
} from './errors.ts'

export { parseForm } from './form.ts'
export { DeviceAuthHooks } from './hooks/default.ts'
export type { ParsedRequest } from './http.ts'
export {
  type Awaitable,
  type Endpoint,
  jsonResponse,
  type OAuthRequest,
  type OAuthResponse,
  type RequestHeaders,
} from './http.ts'

export { OptionError } from './options/check.ts'
export { defaultPaths } from './options/resolve.ts'
export { messages } from './pages/locales/built-in.ts'
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

export { createDeviceAuth } from './server/create-device-auth.ts'
export { MemoryStore, type MemoryStoreOptions } from './stores/memory.ts'
export { opaqueTokens } from './tokens/access-token.ts'
export {
  type AccessControl,
  type BearerCredentials,
  checkToken,
  readBearer,
  type TokenAuthority,
  type TokenCheck,
} from './tokens/bearer.ts'
