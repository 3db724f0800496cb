import type { Awaitable, OAuthRequest, ParsedRequest } from '../http.ts'
import type { Client, TokenResponse } from '../protocol.ts'
import type { PageModel } from './pages/model.ts'
import type { DeviceCredential, UserGrant } from './store.ts'

/** The endpoints, by name. */
export type EndpointName =
  | 'deviceAuthorization'
  | 'token'
  | 'verification'
  | 'devices'
  | 'revocation'
  | 'introspection'
  | 'metadata'

/** A user who is signed in to the application. */
export interface User {
  /** What the tokens carry as `sub`: stable and unique. */
  readonly subject: string
  /** How the pages and introspection's `username` name the account. Default: the subject. */
  readonly username?: string
  /** Ties forms to this log-in session as well; a form of another session is refused. */
  readonly session?: string
}

/** A device authorization request that is about to be answered. */
export interface DeviceAuthorizationContext<Native = unknown> {
  readonly client: Client
  /** Space-delimited. */
  readonly scope: string
  readonly request: ParsedRequest<Native>
}

/** What the `describeRequester` hook knows of an address; texts are cut at 200 characters. */
export interface RequesterDescription {
  /** Such as `Rome, Italy`. */
  readonly place?: string
  /** Who owns the network. */
  readonly network?: string
  /** ISO 3166-1 alpha-2, such as `IT`; compared with the approver's. */
  readonly country?: string
  readonly description?: string
}

/** The codes as the device and the user see them. */
export interface IssuedCodes {
  readonly deviceCode: string
  /** As displayed: `BCDF-GHJK`. */
  readonly userCode: string
}

/** A request at the token endpoint whose client is authenticated and may use the grant. */
export interface TokenRequest<Native = unknown> {
  readonly client: Client
  readonly parameters: ReadonlyMap<string, string>
  readonly request: ParsedRequest<Native>
}

/** A grant that is about to become tokens. */
export interface ApprovedGrant<Native = unknown> {
  readonly grantType: string
  /** The id of the token family: the device credential's. */
  readonly grantId: string
  readonly client: Client
  readonly userGrant: UserGrant
  /** Space-delimited; what the access token is for. */
  readonly scope: string
  /** With the device code grant only. */
  readonly credential?: DeviceCredential
  readonly request: ParsedRequest<Native>
}

/** Where an error that `onError` is told of arose. */
export interface ErrorContext {
  readonly endpoint: EndpointName | 'event' | 'api'
  /** The framework's request, for a trace id. The OAuth request is not here: its form holds secrets, and logs last. */
  readonly native?: unknown
}

/** What an application may override, with Authlib's names. Each may answer with a value or a promise. */
export interface Hooks<Native = unknown> {
  /** The user code as displayed. Default: the `userCode` option's alphabet and mask, from the CSPRNG, unbiased. */
  generateUserCode(context: DeviceAuthorizationContext<Native>): Awaitable<string>
  /** The device code, at least 128 bits. Default: 256 bits, base64url. */
  generateDeviceCode(context: DeviceAuthorizationContext<Native>): Awaitable<string>
  /** An absolute URL without the code. Default: the issuer and `paths.verification`. */
  getVerificationUri(context: DeviceAuthorizationContext<Native>): Awaitable<string>
  /** Keeps a credential; `false`: its user code is taken. Default: the store. */
  saveDeviceCredential(
    credential: DeviceCredential,
    context: DeviceAuthorizationContext<Native> & IssuedCodes,
  ): Awaitable<boolean>
  /** The client, or `undefined` for `invalid_client`. Default: `clients`, by the client's registered method. */
  authenticateClient(request: ParsedRequest<Native>, endpoint: EndpointName): Awaitable<Client | undefined>
  /** Whether this is the client's secret. Default: equal to `client_secret`, compared in constant time. */
  verifyClientSecret(client: Client, secret: string): Awaitable<boolean>
  /** The scope to go on with, or throws `invalid_scope`. Default: known scopes within the client's and its `device_scope`. */
  validateRequestedScope(client: Client, scope: string | undefined): Awaitable<string>
  /** Throws an `OAuthError` for a poll that must not go on. Default: `device_code` has to be there. */
  validateTokenRequest(tokenRequest: TokenRequest<Native>): Awaitable<void>
  /** Finds what `saveDeviceCredential` kept. Default: the store. */
  queryDeviceCredential(deviceCode: string, tokenRequest: TokenRequest<Native>): Awaitable<DeviceCredential | undefined>
  /** The user's decision, or `undefined` while there is none. Default: the decision kept with the credential. */
  queryUserGrant(credential: DeviceCredential): Awaitable<UserGrant | undefined>
  /** Whether to answer a pending poll `slow_down`. Default: `verdict`, which is the store's. */
  shouldSlowDown(credential: DeviceCredential, now: number, verdict: boolean): Awaitable<boolean>
  /** Whether the account may still sign in; asked at redemption, refresh, introspection and by guards. Default: true. */
  isUserActive(subject: string): Awaitable<boolean>
  /** The last word before tokens are issued or refreshed; anything but `true` answers `access_denied`. Default: true. */
  beforeIssue(approved: ApprovedGrant<Native>): Awaitable<boolean>
  /** Makes the tokens. Default: the `accessToken` format, and a refresh token where the client may use that grant. */
  generateToken(approved: ApprovedGrant<Native>): Awaitable<TokenResponse>
  /** The response; the place for further members. Default: the token as it is. */
  createTokenResponse(token: TokenResponse, approved: ApprovedGrant<Native>): Awaitable<TokenResponse>
  /** Keeps the token elsewhere too, before the store marks the code redeemed; runs under a 10 s lease. Default: nothing. */
  saveToken(token: TokenResponse, approved: ApprovedGrant<Native>): Awaitable<void>
  /** Who is signed in in this browser. Default: `request.native.user`, as Passport and Nest leave it. */
  authenticateUser(request: OAuthRequest<Native>): Awaitable<User | undefined>
  /** A page's HTML. Default: the built-in pages. */
  renderPage(model: PageModel): Awaitable<string>
  /**
   * What the address tells, or a line of text; the confirm page shows it as unverified. With `country` it is asked of
   * the approver's request too, to compare. Default: nothing.
   */
  describeRequester(request: OAuthRequest<Native>): Awaitable<string | RequesterDescription | undefined>
  /**
   * The subject that the `login_hint` of a device authorization request means: nobody else may approve it. `undefined`
   * binds it to nobody, and looks the same to the device. Default: `login_hint` is ignored.
   */
  resolveLoginHint(hint: string, client: Client): Awaitable<string | undefined>
  /** Told of every failure that is not the request's fault. Default: `console.error`. */
  onError(error: unknown, context: ErrorContext): void
}

/** The name of a hook. */
export type HookName = keyof Hooks
