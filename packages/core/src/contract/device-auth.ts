import type { Awaitable, Endpoint, OAuthRequest } from '../http.ts'
import type { DeviceAuthEventName, DeviceAuthListener } from './events.ts'
import type { User } from './hook-arguments.ts'
import type { Confirmation, ProofRequest } from './key-binding.ts'
import type { OpenApiDocument } from './open-api.ts'
import type { Mitigation } from './policy.ts'
import type { Authentication, DecideResult, DeviceCredential, TokenFamily } from './store.ts'
import type { AuthorizationDetail } from './target.ts'
import type { Verification } from './verification.ts'

/** The claims of a live access token. */
export interface TokenClaims {
  /** The user who approved the device. */
  readonly subject: string
  readonly username?: string
  readonly clientId: string
  /** The scope of this token, space-delimited. */
  readonly scope: string
  /** The resource servers that it is for. Absent if nothing says it. */
  readonly audience?: readonly string[]
  /** The details that it is good for, as the user granted them. Absent if no details were asked for. */
  readonly authorizationDetails?: readonly AuthorizationDetail[]
  /** The log-in in which the user approved the device. Absent if the application did not tell it. */
  readonly authentication?: Authentication
  /** Epoch milliseconds. */
  readonly issuedAt: number
  /** Epoch milliseconds. */
  readonly expiresAt: number
  /** The id of the token family, as in `devices.list`. */
  readonly grantId: string
  /** The key that the token is bound to, and that the request proved. Absent for a token that is not bound. */
  readonly confirmation?: Confirmation
  /** Data of the application's own, given with the approval, such as the workspace. */
  readonly data?: Readonly<Record<string, unknown>>
}

/**
 * The request that an access token came with. A token that is bound to a key is live only together with a proof of that key.
 *
 * @typeParam Native - The framework's request.
 */
export interface PresentedToken<Native = unknown> extends Omit<ProofRequest<Native>, 'accessToken'> {
  /** The scheme of the Authorization header. */
  readonly scheme: 'Bearer' | 'DPoP'
}

/** The limits of attempts, for the support of an application. */
export interface LimitsApi {
  /**
   * Forgets the wrong user codes and the approvals that were counted for a user, so that the user can go on at once. The limits of
   * browsers, addresses and the whole server stay as they are.
   *
   * @throws {TypeError} if the subject is not a text, or an empty one.
   */
  reset(subject: string): Promise<void>
}

/** The end of a wait for the user's decision: see `waitForDecision`. */
export type Decision = 'approved' | 'denied' | 'expired' | 'ended' | 'unknown'

/** A signed-in device, with the name of its client. */
export interface SignedInDevice extends TokenFamily {
  /**
   * The client's `client_name`, bounded as on the pages; its `client_id` if it has none, or is not registered any more. With the host in
   * front if the `client_id` is an https address.
   */
  readonly clientName: string
}

/** The devices that users have signed in. Each is a token family; its `id` is the `grantId` of events and claims. */
export interface Devices {
  /** The devices of a user that are signed in, oldest first. */
  list(subject: string): Promise<readonly SignedInDevice[]>
  /**
   * Names a device of a user.
   *
   * @param name - Cut at 100 characters. Characters that cannot be seen and marks beyond two a letter are removed, and letters in another style
   *   become plain ones.
   * @returns `false` when the user has no such device.
   */
  rename(subject: string, id: string, name: string): Promise<boolean>
  /**
   * Signs out a device of a user: its access and refresh tokens end at once. Emits `revoked`.
   *
   * @returns `false` when the user has no such device, or it was signed out already.
   */
  revoke(subject: string, id: string): Promise<boolean>
  /**
   * Signs out all devices of a user. Emits `revoked` for each.
   *
   * @returns The number of devices that were signed out.
   */
  revokeAll(subject: string): Promise<number>
  /**
   * Ends, after an incident, all that is an account's: the devices that are signed in, and the requests that it has
   * presented or approved and no device has redeemed. Introspection and `authenticate` know of it at once. Emits
   * `revoked` for each. Call it again when it rejects.
   *
   * @returns The number of token families and requests that ended.
   * @throws {TypeError} if the subject is not a text, or an empty one.
   */
  revokeBySubject(subject: string): Promise<number>
  /**
   * Does the same for all that a client has signed in or asked for.
   *
   * @returns The number of token families and requests that ended.
   * @throws {TypeError} if the client id is not a text, or an empty one.
   */
  revokeByClient(clientId: string): Promise<number>
  /**
   * Does the same for all that devices asked for from an address.
   *
   * @param address - An address or a prefix: `192.0.2.7`, `192.0.2.0/24`, `2001:db8::/64`.
   * @returns The number of token families and requests that ended.
   * @throws {TypeError} if it is neither an address nor a prefix.
   */
  revokeByRequester(address: string): Promise<number>
  /**
   * Makes the link for a mail about a new device. It leads to the page of devices, with this device alone and a button
   * that signs it out. It works for 7 days, for the device's user only and after a log-in. Opening it changes nothing.
   *
   * @returns An absolute URL.
   * @throws {TypeError} if `paths.devices` is `false`.
   */
  revokeLink(grantId: string): string
}

/** The state of this process, for liveness and readiness probes. */
export interface Health {
  /** Always `true`: a process that answers is alive. Restarting it would not bring a database back. */
  readonly live: true
  /**
   * `true` if a load balancer should send requests to this process. `false` while it drains. A store that fails does not make it
   * `false`, because polls are still answered `authorization_pending`: taking out all nodes would answer every device with
   * the balancer's 503. Only with `onStoreFailure: 'unavailable'` a failing store makes it `false`.
   */
  readonly ready: boolean
  /** `'failing'` if the store rejected its last check, or has not answered it within a second. */
  readonly store: 'ok' | 'failing'
  /**
   * Facts for the operator: the warnings of the store's check, or its error. They may name hosts of your network:
   * do not show them to everyone.
   */
  readonly warnings: readonly string[]
}

/**
 * A device sign-in server, made by `createDeviceAuth`. It keeps no state of a request: everything is in the store.
 *
 * @typeParam Native - The framework's request, as hooks get it in `request.native`.
 */
export interface DeviceAuth<Native = unknown> {
  /**
   * Finds the endpoint for a request. An adapter calls it first.
   *
   * @param method - The HTTP method, in upper case.
   * @param path - The path below the mount point, without the query: `/token`.
   * @returns `undefined` for a path that is not one of `paths`, so that the framework goes on. For a method that a path
   *   does not have, an endpoint that answers 405.
   */
  route(method: string, path: string): Endpoint<Native> | undefined
  /** The paths below the mount point that `route` knows, for frameworks that register each path. */
  readonly paths: readonly string[]
  /**
   * The built-in page as functions, for a page on another origin or an app, with the same protection: `present` a request to a user,
   * then `decide` about it.
   */
  readonly verification: Verification<Native>
  /**
   * Approves a request, for an application that has made sure of everything itself. No guess is counted, no policy rule and no
   * proof is asked, and `limits.approvalsPerUser` is not applied: for a page of your own use `verification`, which does all that.
   * Emits `approved`.
   *
   * @param userCode - In any spelling: `bcdf-ghjk`.
   * @param decision - `subject`: the user who approves. `scope`: the granted scope, space-delimited; default: all that
   *   was asked for. `authentication`: the log-in of the user, for the claims `auth_time`, `acr` and `amr`. `data`: data of the
   *   application's own, such as the workspace that the user chose: a plain object of JSON values, at most 4,096 bytes as JSON. Guards,
   *   introspection by resource servers, `devices.list` and the hooks of tokens see it.
   * @returns `decided`, or the reason why not. A code that was decided before, on the page or by the API, is `alreadyDecided`
   *   until it expires. An unknown code, an expired one and a code of another user look the same: `unknown`.
   * @throws {TypeError} if an argument is missing, misspelt or wrong, `scope` exceeds what was asked for,
   *   or `authentication` is not what `target.login` of the request asks for.
   */
  approve(
    userCode: string,
    decision: {
      readonly subject: string
      readonly scope?: string
      readonly username?: string
      readonly authentication?: Authentication
      readonly data?: Readonly<Record<string, unknown>>
    },
  ): Promise<DecideResult>
  /**
   * Denies a request, without the protection of `verification.decide`. Emits `denied`.
   *
   * @param userCode - In any spelling: `bcdf-ghjk`.
   * @returns As `approve`.
   */
  deny(userCode: string, decision?: { readonly subject?: string }): Promise<DecideResult>
  /**
   * Computes the number that the user types on the device, for an application with its own page and a client with
   * `number_matching`. Show it after the approval only, to the user who approved.
   *
   * @param id - The `id` of the request that `find` returned.
   * @returns Four digits.
   */
  matchingNumber(id: string): string
  /**
   * Finds a live, undecided request. Count the attempts of a user before you call it: the built-in page and `verification.present`
   * do, this function does not.
   *
   * @param userCode - In any spelling: `bcdf-ghjk`.
   * @returns `undefined` for a code that is unknown, expired or decided.
   */
  find(userCode: string): Promise<DeviceCredential | undefined>
  /**
   * Waits until a request is decided or over, for a page or a job of the application that goes on then. It hears of the decision at
   * once if the store can tell of it, also when another process stored it; otherwise it asks the store every `interval` seconds.
   *
   * @param userCodeOrId - The user code of a live, undecided request in any spelling, or the `id` of any request.
   * @param options - `signal` ends the wait.
   * @returns `approved` or `denied`: the decision. `expired`: nobody decided in time. `ended`: the device gave up, or the
   *   application ended the request. `unknown`: there is no such request.
   * @throws {Error} the reason of the signal when it is aborted, or an error when this process closes the server. It fails, too,
   *   when the store fails.
   */
  waitForDecision(userCodeOrId: string, options?: { readonly signal?: AbortSignal }): Promise<Decision>
  /**
   * Checks an access token.
   *
   * @param presented - The request that it came with, for a token that is bound to a key. The guards give it. Default: no request,
   *   and so no proof: a bound token is then refused.
   * @returns The claims, or `undefined` for a token that is unknown, expired or revoked, or whose account is not
   *   active, or whose client is not registered any more, or that came without its key.
   * @throws {OAuthError} for a proof that is not valid.
   */
  authenticate(accessToken: string, presented?: PresentedToken<Native>): Promise<TokenClaims | undefined>
  /** The algorithms of DPoP proofs, which the guards name in challenges; absent if the option `keyBinding` has no `dpop()`. */
  readonly dpopAlgorithms?: readonly string[]
  /** The clock of the option `clock`, in epoch milliseconds. The guards count the age of a log-in by it. */
  readonly clock: () => number
  /** The devices that users have signed in. */
  readonly devices: Devices
  /** The limits of attempts, for support. */
  readonly limits: LimitsApi
  /**
   * Lists the mitigations of RFC 10027 (BCP 247, security of cross-device flows) and their state, a row for each: print it with
   * `console.table(deviceAuth.describePolicy())`.
   */
  describePolicy(): readonly Mitigation[]
  /**
   * Adds a listener of an event.
   *
   * @returns A function that removes it.
   * @throws {TypeError} if there is no event of this name, or the listener is not a function.
   */
  on<Name extends DeviceAuthEventName>(name: Name, listener: DeviceAuthListener<Name>): () => void
  /** The signed-in user of a browser's request, from the hook `authenticateUser`. */
  authenticateUser(request: OAuthRequest<Native>): Awaitable<User | undefined>
  /** The option `issuer`. */
  readonly issuer: string
  /**
   * The metadata of this server, as the metadata endpoint sends it.
   * @see {@link https://www.rfc-editor.org/rfc/rfc8414#section-2 RFC 8414 section 2}
   */
  readonly metadata: Readonly<Record<string, unknown>>
  /**
   * The OpenAPI 3.0 document of the endpoints that are on, for tools and for the documentation of your API. The pages are not in it,
   * nor the paths of the option `compatibility`.
   * @see {@link https://spec.openapis.org/oas/v3.0.3#openapi-object OpenAPI 3.0, OpenAPI object}
   */
  openApi(): OpenApiDocument
  /**
   * The path of the metadata at the root of the host, where clients look for it: the well-known path followed by the
   * issuer's path, such as `/.well-known/oauth-authorization-server/oauth`.
   * @see {@link https://www.rfc-editor.org/rfc/rfc8414#section-3.1 RFC 8414 section 3.1}
   */
  readonly pathAtRoot: string
  /**
   * All paths of the metadata at the root of the host, for frameworks that register each path: `pathAtRoot`, and the one where
   * clients of OpenID Connect look, such as `/.well-known/openid-configuration/oauth`.
   * @see {@link https://www.rfc-editor.org/rfc/rfc8414#section-5 RFC 8414 section 5}
   */
  readonly pathsAtRoot: readonly string[]
  /**
   * Finds the metadata endpoint at one of `pathsAtRoot`, for an application that serves the root of the host.
   *
   * @returns `undefined` for every other path.
   */
  routeAtRoot(method: string, path: string): Endpoint<Native> | undefined
  /**
   * Says if this process is alive, and if a load balancer should send it requests. It asks the store at most once a second,
   * however often it is called, and answers within about a second in any case. It never rejects. A store that fails is told
   * to `onError` and in the event `failed`.
   */
  health(): Promise<Health>
  /**
   * Prepares the end of this process: from now on `health()` is not ready, and the answers of the endpoints have the
   * header `Connection: close`, so that clients and balancers open their next connection to another node. Requests are still
   * answered. `gracefulShutdown` of `@device-auth/core/node` calls it and ends the HTTP server after it.
   * @see {@link https://www.rfc-editor.org/rfc/rfc9112#section-9.6 RFC 9112 section 9.6}
   */
  drain(): void
  /**
   * Checks that the store works, within the option `timeout`: when the application starts. For a balancer use `health`.
   *
   * @returns Warnings for the operator, such as that the database may evict sign-ins.
   * @throws {Error} the error of the store, with the reason in words for the operator, if it does not work.
   */
  check(): Promise<readonly string[]>
  /**
   * Stops the timers of the store, such as sweeps, and tells `onError` what it has not heard yet. Call it when all requests
   * are answered, and close the database's client after it. A second call does nothing.
   */
  close(): Promise<void>
}
