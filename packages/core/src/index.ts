/**
 * The authorization server side of OAuth 2.0 device sign-in. {@link createDeviceAuth} makes a server, which an adapter
 * for a framework serves: `@device-auth/express`, or `toNodeHandler` and `toFetchHandler` of the entries `./node` and
 * `./fetch`.
 *
 * @module
 * @see {@link https://www.rfc-editor.org/rfc/rfc8628#section-1 RFC 8628 section 1}
 */

// The server and its options

export { compatibilityPaths, type DialectName } from './compatibility/dialects.ts'
export type { AuthenticatingServer, ClientAuthentication, ClientFault, ClientFinder } from './contract/clients.ts'
export type { UserCodeShape, UserCodeType } from './contract/codes.ts'
export type { Decision, DeviceAuth, Devices, Health, LimitsApi, SignedInDevice } from './contract/device-auth.ts'
export type { GrantHandler } from './contract/grant.ts'
export type {
  Confirmation,
  KeyBinding,
  KeyMethod,
  KeyProof,
  ProofRequest,
  ProofServer,
} from './contract/key-binding.ts'
export type { Limits, LongPolling } from './contract/limits.ts'
export type {
  OpenApiContent,
  OpenApiDocument,
  OpenApiMethod,
  OpenApiOperation,
  OpenApiParameter,
  OpenApiResponse,
  OpenApiSchema,
} from './contract/open-api.ts'
export type { DeviceAuthOptions, VerificationApiOptions } from './contract/options.ts'
export type { Paths } from './contract/paths.ts'
export type {
  Presentable,
  Verification,
  VerificationAnswer,
  VerificationVisitor,
} from './contract/verification.ts'
export { defaultPaths } from './options/defaults.ts'
export { createDeviceAuth } from './server/create-device-auth.ts'

// Hooks

export type {
  ApprovedGrant,
  DeviceAuthorizationContext,
  EndpointName,
  ErrorContext,
  GrantApproval,
  IssuedCodes,
  RequesterDescription,
  TokenRequest,
  User,
} from './contract/hook-arguments.ts'

export type { HookName, Hooks } from './contract/hooks.ts'
export { DeviceAuthHooks } from './hooks/default.ts'

// Events

export {
  type DeviceAuthEventName,
  type DeviceAuthEvents,
  type DeviceAuthListener,
  eventNames,
  type LimitKind,
  type RefusalReason,
} from './contract/events.ts'

// Errors

export { OptionError } from './checks.ts'
export {
  errorResponse,
  isOAuthError,
  OAuthError,
  type OAuthErrorCode,
  type OAuthErrorOptions,
} from './errors.ts'

// Options of other packages, checked like those of the server

export {
  type Check,
  checkOptions,
  either,
  isAcrValues,
  isAudience,
  isBoolean,
  isFunction,
  isMaxAge,
  isNumberFrom,
  isObject,
  isText,
  isWholeFrom,
  type OptionOwner,
  type OwnedOption,
} from './checks.ts'
export { nearest } from './nearest.ts'

// Clients, grant types and the messages of the protocol

export {
  ACCESS_TOKEN_TYPE,
  type Client,
  type ClientAuthenticationMethod,
  DEVICE_CODE_GRANT_TYPE,
  type DeviceAuthorizationResponse,
  deviceClient,
  type ErrorResponse,
  type IntrospectionResponse,
  REFRESH_TOKEN_GRANT_TYPE,
  TOKEN_EXCHANGE_GRANT_TYPE,
  type TokenResponse,
} from './protocol.ts'

// Tokens and guards

export type { PresentedToken, TokenClaims } from './contract/device-auth.ts'
export type {
  AccessTokenFormat,
  IntrospectionSigner,
  OpenIdProvider,
  PublicKeys,
  TokenIssuer,
} from './contract/tokens.ts'
export { hashSecret, secretsEqual } from './crypto/secrets.ts'
export { opaqueTokens } from './tokens/access-token.ts'
export {
  type AccessControl,
  type BearerCredentials,
  checkToken,
  type GuardedClaims,
  readBearer,
  type TokenAuthority,
  type TokenCheck,
} from './tokens/bearer.ts'
export type { KnownLogIn, LogInDemands } from './tokens/step-up.ts'
export { type FirstUse, type HolderChecks, isPresentedByHolder } from './tokens/token-holder.ts'

// Stores

export type { AttemptBudget, AttemptRefusal } from './contract/attempts.ts'
export type { DeviceAttestation } from './contract/attestation.ts'
export type { DeviceDescriptor, Requester } from './contract/requester.ts'
export {
  type Authentication,
  type Claimant,
  type ClaimResult,
  type DecideResult,
  type DeviceCredential,
  type DeviceStore,
  type FoundToken,
  type IncidentFilter,
  type Now,
  type PollResult,
  type PollStyle,
  type Redemption,
  type StoreClock,
  StoreFullError,
  type TokenFamily,
  type TokenRecord,
  type UserCodeClaim,
  type UserGrant,
  type WatchListener,
  type WatchNews,
} from './contract/store.ts'
export type {
  AuthorizationDetail,
  AuthorizationDetailType,
  LoginRequirement,
  RequestTarget,
  TokenTarget,
} from './contract/target.ts'
export { type AddressRange, addressKey } from './ip-address.ts'

export { MemoryStore, type MemoryStoreOptions } from './stores/memory/memory-store.ts'
export { memoryRegisteredClients } from './stores/memory/registered-clients.ts'

// Pages

export type { DevicesMessages, Language, MessageChanges, Messages } from './contract/pages/messages.ts'
export type {
  DeviceDetails,
  PageBase,
  PageContent,
  PageEndpoint,
  PageModel,
  RequestDetails,
  ShownProofs,
} from './contract/pages/model.ts'
export type { DevicesNotice, EnterNotice, PageError, ProofNotice, Warning } from './contract/pages/notices.ts'
export type { ContentSources, PagesOptions, SourceDirective, Theme } from './contract/pages/options.ts'
export { messages } from './pages/locales/built-in.ts'

// Policy

export type { KnownDevice, KnownDeviceUse } from './contract/known-device.ts'
export type {
  ApprovalConcern,
  ApprovalRule,
  CodesRequest,
  Comparison,
  Finding,
  Mitigation,
  Policy,
  PolicyRule,
  Risk,
  Verdict,
  VerdictsByFinding,
} from './contract/policy.ts'

// Signals of other systems

export type { ClientRegistration, RegisteredClient, RegisteredClientStore } from './contract/registration.ts'
export type { Signal, SignalKind, Signals, SubjectIdentifier } from './contract/signals.ts'

// A proof at the approval

export type {
  ApprovalProof,
  PendingApproval,
  ProofEnrolment,
  ProofItem,
  ProofPanel,
  ProofQuestion,
  ProofScript,
  ProofVisitor,
} from './contract/approval.ts'

// Plain HTTP, for adapters

export { parseForm } from './form.ts'
export {
  type AcceptedAt,
  type Awaitable,
  type Endpoint,
  type GivenHeaders,
  jsonResponse,
  type OAuthRequest,
  type OAuthResponse,
  type ParsedRequest,
  type RequestHeaders,
} from './http.ts'
