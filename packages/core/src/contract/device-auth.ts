import type { Awaitable, Endpoint, OAuthRequest } from '../http.ts'
import type { DeviceAuthEventName, DeviceAuthListener } from './events.ts'
import type { User } from './hooks.ts'
import type { Mitigation } from './policy.ts'
import type { DecideResult, DeviceCredential, TokenFamily } from './store.ts'

/** What an access token says. */
export interface TokenClaims {
  readonly subject: string
  readonly username?: string
  readonly clientId: string
  /** Space-delimited. */
  readonly scope: string
  /** Epoch milliseconds. */
  readonly issuedAt: number
  /** Epoch milliseconds. */
  readonly expiresAt: number
  /** The id of the grant, as `devices` knows it. */
  readonly grantId: string
}

/** The authorised devices of a user. */
export interface Devices {
  list(subject: string): Promise<readonly TokenFamily[]>
  /** `false` when the user has no such device; the name is cut at 100 characters. */
  rename(subject: string, id: string, name: string): Promise<boolean>
  /** Ends a grant of this user with all its tokens; `false` when the user has none of this id, or it was over already. */
  revoke(subject: string, id: string): Promise<boolean>
  /** Returns how many grants ended. */
  revokeAll(subject: string): Promise<number>
  /**
   * For an incident: ends all that an account has signed in, and what it has approved or begun and no device has
   * redeemed yet. Introspection and `authenticate` know of it at once. When it rejects, call it again. Returns how many
   * ended; each has its `revoked` event.
   * @throws TypeError for no text.
   */
  revokeBySubject(subject: string): Promise<number>
  /** The same for all that was signed in or asked for by a client. */
  revokeByClient(clientId: string): Promise<number>
  /**
   * The same for all that was asked for from an address or a prefix: `192.0.2.7`, `192.0.2.0/24`, `2001:db8::/64`.
   * @throws TypeError for what is neither.
   */
  revokeByRequester(address: string): Promise<number>
  /**
   * An absolute URL for a mail about a new device: the page of devices with this one alone and the button that ends it.
   * It works for 7 days, and for whoever is signed in as the device's user only; opening it changes nothing.
   * @throws TypeError when `paths.devices` is false.
   */
  revokeLink(grantId: string): string
}

/** A device sign-in server, as `createDeviceAuth` makes it. It holds no state of a request. */
export interface DeviceAuth<Native = unknown> {
  /**
   * The endpoint for a method and a path below the mount point; `undefined` for a path that is not ours, so that
   * the framework goes on. A path of ours with a wrong method yields an endpoint that answers 405.
   */
  route(method: string, path: string): Endpoint<Native> | undefined
  /** The paths below the mount point that `route` knows, for frameworks that register each path. */
  readonly paths: readonly string[]
  /** Answers `decided`, or why not; an unknown code and another user's look the same. */
  approve(
    userCode: string,
    decision: { readonly subject: string; readonly scope?: string; readonly username?: string },
  ): Promise<DecideResult>
  deny(userCode: string, decision?: { readonly subject?: string }): Promise<DecideResult>
  /**
   * The number that a page of your own shows after it has approved a request of a client with `number_matching`; by the
   * `id` that `find` gives. Show it to nobody before that.
   */
  matchingNumber(id: string): string
  /** The live, undecided request behind a user code in any spelling. Count attempts before you call it for a user. */
  find(userCode: string): Promise<DeviceCredential | undefined>
  /** What a live access token says, or `undefined`. */
  authenticate(accessToken: string): Promise<TokenClaims | undefined>
  readonly devices: Devices
  /**
   * Which mitigations of the Cross-Device BCP are on and what they hang on, one row each:
   * `console.table(deviceAuth.describePolicy())`.
   */
  describePolicy(): readonly Mitigation[]
  /** Returns a function that stops listening. */
  on<Name extends DeviceAuthEventName>(name: Name, listener: DeviceAuthListener<Name>): () => void
  /** The user who is signed in, as the `authenticateUser` hook says. */
  authenticateUser(request: OAuthRequest<Native>): Awaitable<User | undefined>
  readonly issuer: string
  /** RFC 8414 metadata. */
  readonly metadata: Readonly<Record<string, unknown>>
  /**
   * The path of the metadata at the root of the host, where clients look for it: the well-known path with the issuer's
   * path behind it, for example `/.well-known/oauth-authorization-server/oauth`.
   * @see {@link https://www.rfc-editor.org/rfc/rfc8414#section-3.1 RFC 8414 section 3.1}
   */
  readonly pathAtRoot: string
  /**
   * The metadata endpoint for a method and `pathAtRoot`, for an application that serves the root of the host;
   * `undefined` for every other path.
   */
  routeAtRoot(method: string, path: string): Endpoint<Native> | undefined
  /**
   * Whether the store will do, in the time of the option `timeout`: for `/healthz`, and at the start. Resolves with
   * warnings; rejects with what is wrong, in words for the operator.
   */
  check(): Promise<readonly string[]>
  /** Ends what the store does by itself, such as sweeps. Let the requests under way finish before; end the database's client after. */
  close(): Promise<void>
}
