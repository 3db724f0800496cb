import type { ApprovalConcern } from './policy.ts'
import type { Requester } from './requester.ts'
import type { DeviceStore } from './store.ts'

/** The part that all events have in common. No event carries a code, a token or a secret. */
interface EventBase {
  /** Epoch milliseconds. */
  readonly at: number
}

interface GrantEvent extends EventBase {
  /** The id of the device authorization request, and of the token family that may come of it. */
  readonly grantId: string
  readonly clientId: string
}

interface ClientEvent extends EventBase {
  readonly clientId: string
  readonly ip: string | undefined
}

interface UserEvent extends GrantEvent {
  readonly subject: string
}

/**
 * The limit that refused something, in the event `limited`.
 *
 * - `user`, `browser`, `address`, `server`: wrong user codes (`limits.userCodes…`)
 * - `clientSecret`: wrong client secrets (`limits.clientSecretsPerAddress`)
 * - `refreshToken`: invalid refresh tokens (`limits.refreshTokensPerAddress`)
 * - `request`: device authorization requests (`limits.requestsPer…`)
 * - `pending`: undecided requests (`limits.pending…`)
 * - `approval`: approvals of one user (`limits.approvalsPerUser`)
 * - `registration`: clients that registered themselves (`registration.perAddress`, `perToken` and `maxClients`)
 * - `store`: the store is full
 * - `load`: too many requests under way in this process (`maxConcurrentRequests`)
 */
export type LimitKind =
  | 'browser'
  | 'user'
  | 'address'
  | 'server'
  | 'clientSecret'
  | 'refreshToken'
  | 'store'
  | 'load'
  | 'request'
  | 'pending'
  | 'approval'
  | 'registration'

/**
 * The rule that refused something, in the event `refused`.
 *
 * - `sameDevice`, `otherNetwork`, `otherCountry`: a rule of the option `policy` refused an approval
 * - `maybeSameDevice`, `unknownNetwork`, `unknownCountry`: the same rules did, because the two origins cannot be told apart
 * - `proof`: an approval came without the proof that the option `approval` asks for, or with a wrong one
 * - `allowedNetworks`: the client asked for codes from outside its `allowed_networks`
 * - `deviceAuthorization`: `policy.deviceAuthorization` refused codes
 * - `refreshScope`: a refresh asked for a scope that the user did not grant; the token stays as it was
 * - `refreshTarget`: a refresh asked for a resource or for details that were not granted; the token stays as it was
 * - `refreshDenied`: the hook `isUserActive` or `beforeIssue` refused a refresh
 * - `refreshClient`: a refresh token came from another client than its own
 * - `exchangeToken`: a token exchange by another client, or from another device
 * - `exchangeScope`, `exchangeTarget`: it asked for a scope, a resource or details that the token does not have
 * - `exchangeDenied`: the account is not active, or the hook `beforeIssue` refused it
 * - `matchingNumber`: a device with `number_matching` sent too many wrong numbers, and its request has ended
 */
export type RefusalReason =
  | ApprovalConcern
  | 'proof'
  | 'allowedNetworks'
  | 'deviceAuthorization'
  | 'matchingNumber'
  | 'refreshScope'
  | 'refreshTarget'
  | 'refreshDenied'
  | 'refreshClient'
  | 'exchangeToken'
  | 'exchangeScope'
  | 'exchangeTarget'
  | 'exchangeDenied'

/**
 * The events of one server, by name. An event is emitted once, by the process in which it happened; its listeners run
 * while the request is answered and do not delay it.
 */
export interface DeviceAuthEvents {
  /** A device received its codes. `scope` is what it asked for, space-delimited. */
  readonly requested: GrantEvent & { readonly scope: string; readonly ip: string | undefined }
  /**
   * A user presented a wrong user code: unknown, expired, decided or bound to another user. Many of them mean that somebody
   * guesses codes, or sends them to victims.
   */
  readonly codeNotFound: EventBase & { readonly subject: string; readonly ip: string | undefined }
  /**
   * A second user presented a code, in another browser than the first. The request is denied for good. `subject` is the
   * second user. This happens when an attacker sends one code to many people: if the
   * event is frequent, warn both users.
   */
  readonly codeShared: UserEvent & { readonly ip: string | undefined }
  /** A user entered a live code on the page, and goes on to the confirm page. A code in a link emits no such event. */
  readonly codeFound: UserEvent
  /**
   * A user approved a request, on the page or by `deviceAuth.approve`. `scope` is what was granted, space-delimited.
   */
  readonly approved: UserEvent & { readonly scope: string }
  /** A user denied a request. `subject` is `undefined` when `deviceAuth.deny` was called without one. */
  readonly denied: GrantEvent & { readonly subject: string | undefined }
  /** A device polled too early and was answered `slow_down`. `interval` is the interval from now on, in seconds. */
  readonly polledTooFast: GrantEvent & { readonly interval: number }
  /**
   * A device received its tokens: the user has one more device signed in. A mail about it can be made from this event.
   */
  readonly redeemed: UserEvent & {
    /** The scope of the access token, space-delimited. */
    readonly scope: string
    readonly username?: string
    /** The device, as it described itself when it asked for the codes; not verified. */
    readonly requester: Requester | undefined
  }
  /**
   * A redeemed device code, or a refresh token that has just been replaced, came again. `answered`: within
   * `redemptionGrace`, with the same tokens. `refused`: the tokens were used, or given again twice to a refresh token,
   * or it was too late for that and too early for a theft. `revoked`: later, and the tokens were used; the code has leaked,
   * and its token family has ended. For a refresh token, `reuseDetected` is emitted instead of `revoked`. `suspected`:
   * later, but the tokens were never used. The answer was lost, or a thief has it and waits: the token family goes on.
   */
  readonly replayed: UserEvent & { readonly outcome: 'answered' | 'refused' | 'revoked' | 'suspected' }
  /**
   * A device polled with an expired code. It is emitted with every such poll, and never for a code that is not polled.
   */
  readonly expired: GrantEvent
  /** A limit refused something. The limit `server` means that wrong codes come from everywhere: somebody guesses. */
  readonly limited: EventBase & {
    readonly limit: LimitKind
    readonly clientId?: string
    readonly subject?: string
    readonly ip?: string | undefined
  }
  /** A rule refused codes, an approval or a refresh. `grantId` and `subject` are absent when codes were refused. */
  readonly refused: EventBase & {
    readonly reason: RefusalReason
    readonly clientId: string
    readonly grantId?: string
    readonly subject?: string
    readonly ip: string | undefined
  }
  /** A refresh token was exchanged for new tokens. `scope` is the scope of the new access token, space-delimited. */
  readonly refreshed: UserEvent & { readonly scope: string }
  /** An access token was exchanged for a narrower one. `scope` is the scope of the new one, space-delimited. */
  readonly exchanged: UserEvent & { readonly scope: string }
  /**
   * A refresh token that was replaced earlier came again, and its successor was used: one of the two is stolen, and the
   * token family has ended.
   */
  readonly reuseDetected: UserEvent
  /**
   * A token, a token family or an unredeemed request was ended: by a client at the revocation endpoint, by the user on
   * the page of devices, by the application with `deviceAuth.devices`, or by a signal of another system. A client may end one access
   * token, whose family goes on.
   */
  readonly revoked: EventBase & {
    readonly grantId: string
    readonly clientId?: string
    readonly by: 'client' | 'user' | 'application' | 'signal'
  }
  /** A client registered itself, with the option `registration`. */
  readonly clientRegistered: ClientEvent
  /** A registered client changed its metadata. */
  readonly clientChanged: ClientEvent
  /** A registered client removed itself; its sign-ins have ended. */
  readonly clientRemoved: ClientEvent
  /**
   * A store step, a hook or a listener failed. `operation` is its name. It is emitted for each failure, the hook `onError`
   * is called once a second for each kind.
   */
  readonly failed: EventBase & { readonly operation: string; readonly error: unknown }
  /**
   * A sign-in ended before its time: all tokens of the device are over, or the approved request will get none. It comes once for
   * each sign-in, whoever ended it, beside `revoked`, `reuseDetected`, `replayed`, or `refused` after too many matching numbers. A mail about it can be made from this event, and
   * `securityEventTransmitter` of `@device-auth/jwt` tells other systems of it.
   */
  readonly signedOut: UserEvent & {
    /** `reuse`: a device code or refresh token came again, and one of the two who had it is a thief. */
    readonly by: 'client' | 'user' | 'application' | 'signal' | 'reuse'
    /** The `iss` of the security event token that ended it; absent if it was none. */
    readonly sender?: string
  }
  /**
   * A step of the store ended, for a histogram of its duration by step. It is emitted with every poll; nothing is
   * measured while nobody listens.
   */
  readonly storeCalled: EventBase & {
    readonly step: Exclude<keyof DeviceStore, 'shared' | 'clock' | 'check' | 'watch'>
    /** The duration in seconds, such as 0.0012. */
    readonly seconds: number
    /** `false` if the step failed or took longer than the option `timeout`. */
    readonly ok: boolean
  }
  /**
   * The clock of this node differs from the clock of the database by more than 30 seconds; at most once a minute. Sign-ins
   * follow the database and go on, but correct the clock: log lines and tokens of other formats are dated by it.
   */
  readonly clockSkew: EventBase & {
    /** Milliseconds that the database is ahead of the node; negative if the node is ahead. */
    readonly offset: number
  }
  /**
   * The store cannot tell this process of decisions any more. Polls that ask to wait are answered at once, so devices hear of a
   * decision with their next poll. It is emitted once, when a device is the first to notice.
   */
  readonly wakeUpDown: EventBase
  /** The store tells of decisions again, after `wakeUpDown`. */
  readonly wakeUpRestored: EventBase
}

/** The name of an event. */
export type DeviceAuthEventName = keyof DeviceAuthEvents

const names: Record<DeviceAuthEventName, true> = {
  requested: true,
  codeNotFound: true,
  codeShared: true,
  codeFound: true,
  approved: true,
  denied: true,
  polledTooFast: true,
  redeemed: true,
  replayed: true,
  expired: true,
  limited: true,
  refused: true,
  refreshed: true,
  exchanged: true,
  reuseDetected: true,
  revoked: true,
  signedOut: true,
  clientRegistered: true,
  clientChanged: true,
  clientRemoved: true,
  failed: true,
  storeCalled: true,
  clockSkew: true,
  wakeUpDown: true,
  wakeUpRestored: true,
}

/** The names of all events. */
export const eventNames: readonly DeviceAuthEventName[] = Object.keys(names) as DeviceAuthEventName[]

/**
 * A listener of one event. It may be async. An error that it throws goes to `onError` and the event `failed`; the
 * request and the other listeners go on.
 */
export type DeviceAuthListener<Name extends DeviceAuthEventName> = (event: DeviceAuthEvents[Name]) => unknown

/** The listeners of one server. An error of a listener changes no answer, and the other listeners are still called. */
export interface EventHub {
  /** Adds a listener and returns a function that removes it. */
  on<Name extends DeviceAuthEventName>(name: Name, listener: DeviceAuthListener<Name>): () => void
  /** `true` if the event has a listener. On the path of a poll, an event that nobody listens to is not built. */
  has(name: DeviceAuthEventName): boolean
  /** Calls the listeners of an event, without waiting for them. */
  emit<Name extends DeviceAuthEventName>(name: Name, event: DeviceAuthEvents[Name]): void
}
