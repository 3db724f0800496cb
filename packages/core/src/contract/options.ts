import type { DialectName } from '../compatibility/dialects.ts'
import type { Secrets } from '../crypto/seal.ts'
import type { Awaitable, OAuthRequest } from '../http.ts'
import type { Client } from '../protocol.ts'
import type { ApprovalProof } from './approval.ts'
import type { ClientAuthentication, ClientFinder } from './clients.ts'
import type { UserCodeType } from './codes.ts'
import type { DeviceAuthEventName, DeviceAuthListener } from './events.ts'
import type { GrantHandler } from './grant.ts'
import type { Hooks } from './hooks.ts'
import type { KeyBinding } from './key-binding.ts'
import type { Limits, LongPolling } from './limits.ts'
import type { PagesOptions } from './pages/options.ts'
import type { Paths } from './paths.ts'
import type { Policy, Risk } from './policy.ts'
import type { ClientRegistration } from './registration.ts'
import type { Signals } from './signals.ts'
import type { DeviceStore } from './store.ts'
import type { AuthorizationDetailType, LoginRequirement } from './target.ts'
import type { AccessTokenFormat, OpenIdProvider } from './tokens.ts'

/** The option `verificationApi`. */
export interface VerificationApiOptions {
  /**
   * The origins whose pages may call the endpoints with the user's cookies, such as `https://app.example.com`. The pages of this
   * server need not be listed, nor apps, whose requests have no `Origin`. Each of these pages can approve for the users who open it:
   * list only your own.
   */
  readonly origins: readonly string[]
}

/**
 * The options of `createDeviceAuth`. They are checked once, there: a wrong value, a misspelt name or a combination that
 * cannot work throws an `OptionError`. Durations are seconds.
 *
 * @typeParam Native - The framework's request, as hooks get it in `request.native`.
 */
export interface DeviceAuthOptions<Native = unknown> {
  /**
   * The https URL of the mount point, without query and fragment, such as `https://example.com/oauth`. All addresses
   * that this server sends are made from it; the `Host` header is never used. An http URL is accepted for loopback hosts, such as `localhost`.
   * @see {@link https://www.rfc-editor.org/rfc/rfc8414#section-2 RFC 8414 section 2}
   */
  readonly issuer: string
  /**
   * The registered clients: a list, which is checked at once, or a function that finds a client by its id and returns
   * `undefined` for an unknown one. The function is called with every poll, with every page of a request, and
   * with every token that is checked: a client that is not found any more has no live tokens. A client that it finds with
   * a member of a wrong type counts as not found, and is reported once to `onError`. `withMetadataDocuments()` of `@device-auth/jwt` makes
   * a function that also finds clients whose id is the address of their metadata.
   * @see {@link https://www.rfc-editor.org/rfc/rfc7591#section-2 RFC 7591 section 2}
   */
  readonly clients: readonly Client[] | ClientFinder
  /**
   * The scopes that exist, each with the words that the pages show for it: `{ profile: 'See your name' }`.
   * @default the scopes of the listed clients, shown by their names
   * @see {@link https://www.rfc-editor.org/rfc/rfc6749#section-3.3 RFC 6749 section 3.3}
   */
  readonly scopes?: Readonly<Record<string, string>>
  /**
   * The resource servers that clients may name in the parameter `resource`, each with the words that the confirm page shows for it,
   * or `''` for none: `{ 'https://photos.example/': 'See your photos' }`. A function is called with each resource that is
   * asked for, shown or about to be put into a token; it returns the words, or `undefined` if the client may not ask for the resource.
   * A resource is compared character by character. A token for resources has them as its audience.
   * @default none: the parameter is ignored
   * @see {@link https://www.rfc-editor.org/rfc/rfc8707#section-2 RFC 8707 section 2}
   */
  readonly resources?:
    | Readonly<Record<string, string>>
    | ((resource: string, client: Client) => Awaitable<string | undefined>)
  /**
   * The types of the parameter `authorization_details`, by name: what a device may ask the user for in detail, such as a payment.
   * @default none: the parameter is ignored
   * @see {@link https://www.rfc-editor.org/rfc/rfc9396#section-2 RFC 9396 section 2}
   */
  readonly authorizationDetails?: Readonly<Record<string, AuthorizationDetailType>>
  /**
   * The log-in page of the application: a path on this origin or a URL, to which the parameter `return_to` is added, or
   * a function that is given the value of `return_to` and returns the URL. `return_to` is a path of this server, with
   * its query; the application redirects there after the log-in. A user whose log-in is not what the device asks for is sent there
   * too, with the parameters `acr_values`, `max_age` and `prompt`, or with these as the third argument of the function: the page must
   * then ask for a new log-in, although there is a session.
   * @default none: the page then asks the user to sign in first
   */
  readonly loginUrl?:
    | string
    | ((returnTo: string, request: OAuthRequest<Native>, required?: LoginRequirement) => string)
  /**
   * The classes of log-ins that the application has, such as `['urn:example:password', 'urn:example:two-factors']`; `[]` if it
   * knows none. With this option, a device may ask for a log-in by `acr_values`, `max_age` and `prompt`, and the hook `authenticateUser`
   * must return `authentication`: a user without a log-in that is fresh and strong enough is sent to `loginUrl` before the approval.
   * @default none: these parameters are ignored
   * @see {@link https://openid.net/specs/openid-connect-core-1_0.html#AuthRequest OpenID Connect Core section 3.1.2.1}
   */
  readonly acrValues?: readonly string[]
  /**
   * The page of the application where a signed-in user changes to another account, given like `loginUrl` and led back from in the same
   * way. The pages link to it beside the name of the account: "Not you? Switch account".
   * @default none: the pages have no such link
   */
  readonly switchAccountUrl?: string | ((returnTo: string, request: OAuthRequest<Native>) => string)
  /**
   * The store of requests, tokens and counters.
   * @default new MemoryStore(), which loses everything at a restart and warns of that in production
   */
  readonly store?: DeviceStore
  /**
   * The secret from which all keys are derived, at least 32 characters: for the hashes of user codes, the sealed
   * handles of the pages, and refresh tokens. Required with a store that several processes share, and the same in each
   * of them. To rotate it, give a list: the new secret first, then previous ones. Codes, open pages, links in mails and
   * refresh tokens that were made with a previous secret keep working until it is taken out of the list.
   * @default random, so that a restart changes it
   */
  readonly secret?: string | Secrets
  /**
   * The lifetime of both codes in seconds, 30 to 3600.
   * @default 600, or 300 with the option `risk: 'high'`
   * @see {@link https://www.rfc-editor.org/rfc/rfc8628#section-3.2 RFC 8628 section 3.2}
   */
  readonly expiresIn?: number
  /**
   * The seconds that a device waits between two polls, 1 to 60. Each `slow_down` adds 5, up to 60.
   * @default 5
   * @see {@link https://www.rfc-editor.org/rfc/rfc8628#section-3.5 RFC 8628 section 3.5}
   */
  readonly interval?: number
  /**
   * The form of user codes: one of the built-in ones, or a charset and a mask. The charset has upper-case letters and
   * digits, each once. In the mask each `*` stands for one of them; dashes and spaces are shown as they are. Codes that
   * could be guessed are refused at construction.
   * @default { type: 'string' }
   * @see {@link https://www.rfc-editor.org/rfc/rfc8628#section-6.1 RFC 8628 section 6.1}
   */
  readonly userCode?: { readonly type: UserCodeType } | { readonly charset: string; readonly mask: string }
  /**
   * `true` to send `verification_uri_complete`, an address with the code, for QR codes. The user confirms the request
   * in any case.
   * @default true
   * @see {@link https://www.rfc-editor.org/rfc/rfc8628#section-3.3.1 RFC 8628 section 3.3.1}
   */
  readonly verificationUriComplete?: boolean
  /** The format of access tokens. @default opaqueTokens(), which live for one hour */
  readonly accessToken?: AccessTokenFormat
  /**
   * OpenID Connect: `openIdConnect()` of the package `@device-auth/jwt`. The scope `openid` then gives an id_token, and a
   * sign-in with it gets a refresh token only if the user also granted the scope `offline_access`.
   * @default none: a request for the scope `openid` is refused
   * @see {@link https://openid.net/specs/openid-connect-core-1_0.html#OfflineAccess OpenID Connect Core section 11}
   */
  readonly openid?: OpenIdProvider<Native>
  /**
   * The ways to bind codes and tokens to a key of the device, so that a stolen one is worthless: `dpop()` and
   * `certificateBinding()` of the package `@device-auth/jwt`, one of them or both.
   * @default []: a proof is not looked at, and all tokens are of the type Bearer
   * @see {@link https://www.rfc-editor.org/rfc/rfc9449#section-5 RFC 9449 section 5}
   */
  readonly keyBinding?: KeyBinding<Native> | readonly KeyBinding<Native>[]
  /**
   * The seconds after which an unused refresh token expires; `false` issues none. Each refresh gives a new one, but none
   * lives longer than `maxLifetime` seconds after the device signed in: then the user has to approve it again. The last
   * access token may outlive it by its own lifetime. Token responses tell the device: `refresh_token_expires_in`, and the names of
   * draft-ietf-oauth-refresh-token-expiration-03, `refresh_token_timeout` and `authorization_expires_in`.
   * @default { expiresIn: 2592000 }, which is 30 days, without a `maxLifetime`
   * @see {@link https://www.rfc-editor.org/rfc/rfc9700#section-4.14.2 RFC 9700 section 4.14.2}
   */
  readonly refreshToken?: { readonly expiresIn: number; readonly maxLifetime?: number } | false
  /**
   * Lets a client exchange an access token for a narrower one, for a sub-process or an agent: fewer scopes, resources and details, and
   * a life of at most `expiresIn` seconds, never longer than that of the exchanged token. The client needs
   * `urn:ietf:params:oauth:grant-type:token-exchange` in its `grant_types`.
   * @default false: the grant type is not supported
   * @see {@link https://www.rfc-editor.org/rfc/rfc8693#section-2 RFC 8693 section 2}
   */
  readonly tokenExchange?: { readonly expiresIn: number } | false
  /**
   * The seconds in which a token response that was lost on the way is given again, 0 to 300: to the same device code
   * until one of its tokens is used, and to the same refresh token until one of the new tokens is used, twice at most. 0
   * turns it off. It counts from the last failure of the store, if that comes later. A device code or refresh token that
   * comes again after it ends the token family, once the new tokens were used.
   * @default 30
   * @see {@link https://www.rfc-editor.org/rfc/rfc6749#section-10.5 RFC 6749 section 10.5}
   */
  readonly redemptionGrace?: number
  /**
   * The answer to a poll that fails because the store, a hook, the function `clients` or the format of access tokens fails
   * or takes too long: `'pending'` for `authorization_pending`, because most clients end the sign-in on a 5xx;
   * `'unavailable'` for 503 with `Retry-After`. Neither ends the sign-in. Everything but a poll is answered with a 5xx in
   * any case.
   * @default 'pending'
   */
  readonly onStoreFailure?: 'pending' | 'unavailable'
  /**
   * The seconds that one call of the store, a hook, a policy rule or the function `clients` may take, up to 60. A call
   * that takes longer counts as failed.
   * @default 5
   */
  readonly timeout?: number
  /**
   * The requests that this process works on at the same time before it refuses new sign-ins, 1 to 100,000. From this number
   * on, requests for codes are answered 503 with `Retry-After`; from twice this number on, pages too. A request of the token endpoint counts as a tenth of one for them. Polls go on: only
   * from 40 times this number on, to save memory, they are answered as `onStoreFailure` says, and all others with 503. Each
   * refusal emits the event `limited` with the limit `load`.
   * @default 100
   * @see {@link https://www.rfc-editor.org/rfc/rfc9110#section-15.6.4 RFC 9110 section 15.6.4}
   */
  readonly maxConcurrentRequests?: number
  /**
   * The bounds of polls that wait for the decision: a device that sends `Prefer: wait=N` is answered the moment the user decides, or
   * after N seconds. The metadata announces it as `device_authorization_poll_wait_max`. `false` answers every poll at once; so
   * does a store without `watch`, and a server with a hook that decides polls (`queryDeviceCredential`, `queryUserGrant`,
   * `shouldSlowDown`).
   * @default { maxWait: 25, maxHeld: 10000, maxHeldPerAddress: 100 }
   * @see {@link https://www.rfc-editor.org/rfc/rfc7240#section-4.3 RFC 7240 section 4.3}
   */
  readonly longPolling?: Partial<LongPolling> | false
  /** The paths of the endpoints below the mount point. Those that are left out keep their defaults. */
  readonly paths?: Partial<Paths>
  /**
   * The dialects of clients that others wrote: `better-auth`, `entra`, `github`, `google-legacy`, `json`. Each adds paths,
   * names or members, and takes nothing away. The guide "Serving clients that others wrote" says which client needs which.
   * @default []
   */
  readonly compatibility?: readonly DialectName[]
  /** The limits of attempts. Those that are left out keep their defaults. */
  readonly limits?: Partial<Limits>
  /** The look, language and texts of the built-in pages. */
  readonly pages?: PagesOptions
  /**
   * The damage that an approval of the wrong device can do; it chooses the defaults of other options. `'high'` refuses
   * approvals from another or an unknown network or country, halves the lifetime of codes and lets a user approve 10 devices an
   * hour. The device and the browser that approves then have to be in one network, with public addresses of one family: the
   * decision "High risk is one network" says what that means for honest people.
   * @default 'low', with a warning in production when `policy` is missing too
   */
  readonly risk?: Risk
  /** Single rules about who may ask for codes and who may approve. Those that are left out come from `risk`. */
  readonly policy?: Partial<Policy<Native>>
  /**
   * A further proof that approvals on the built-in page and by `deviceAuth.verification` need, such as a passkey: `passkeyApproval({ … })` of
   * `@device-auth/passkeys`. `deviceAuth.approve` asks for none: there the application answers for the user.
   * @default none
   */
  readonly approval?: ApprovalProof<Native>
  /**
   * Serves `deviceAuth.verification` as JSON endpoints at `paths.present` and `paths.decide`, for a page on another origin or an app.
   * The hook `authenticateUser` says who is signed in.
   * @default none: there are no such endpoints
   * @see {@link https://fetch.spec.whatwg.org/#http-cors-protocol Fetch, CORS protocol}
   */
  readonly verificationApi?: VerificationApiOptions
  /**
   * Signals of other systems that end all sign-ins of a user, at `paths.globalTokenRevocation` and `paths.securityEvents`. The guide
   * "Signals" has an example.
   * @default none
   */
  readonly signals?: Signals<Native>
  /**
   * Clients that register themselves at `paths.registration`. The guide `docs/guides/client-registration.md` has an example.
   * @default nobody can register
   */
  readonly registration?: ClientRegistration<Native>
  /** The hooks that the application overrides: an object, or an instance of a class that extends `DeviceAuthHooks`. */
  readonly hooks?: Partial<Hooks<Native>>
  /** Listeners by the name of the event. `deviceAuth.on` adds more. */
  readonly events?: { readonly [Name in DeviceAuthEventName]?: DeviceAuthListener<Name> }
  /**
   * Further grants of the token endpoint, by `grant_type`.
   * @see {@link https://www.rfc-editor.org/rfc/rfc6749#section-4.5 RFC 6749 section 4.5}
   */
  readonly grants?: Readonly<Record<string, GrantHandler<Native>>>
  /**
   * Further methods of client authentication, by their registered names, such as `private_key_jwt`. The package `@device-auth/jwt` has
   * some.
   * @see {@link https://www.rfc-editor.org/rfc/rfc7591#section-2 RFC 7591 section 2}
   */
  readonly clientAuthentication?: Readonly<Record<string, ClientAuthentication>>
  /**
   * The clock of the server, for tests: it returns epoch milliseconds. Default: the clock of the database if the store has one,
   * otherwise `Date.now`.
   */
  readonly clock?: () => number
  /**
   * `true` to accept an `http` issuer on another host than `localhost`. Codes and tokens then cross the network in
   * clear.
   * @default false
   */
  readonly dangerouslyAllowHttp?: boolean
}
