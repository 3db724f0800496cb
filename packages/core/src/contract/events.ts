import type { DeviceStore, Requester } from './store.ts'

/** What every event carries. None carries a code, a token or a secret. */
interface EventBase {
  /** Epoch milliseconds. */
  readonly at: number
}

interface GrantEvent extends EventBase {
  readonly grantId: string
  readonly clientId: string
}

interface UserEvent extends GrantEvent {
  readonly subject: string
}

/** What a limit counted. */
export type LimitKind =
  | 'browser'
  | 'user'
  | 'address'
  | 'server'
  | 'clientSecret'
  | 'store'
  | 'request'
  | 'pending'
  | 'approval'

/**
 * Which rule refused: one about an approval, the client's `allowed_networks`, `policy.deviceAuthorization`, or too many
 * wrong numbers of a client with `number_matching`.
 */
export type RefusalReason =
  | 'sameDevice'
  | 'otherNetwork'
  | 'otherCountry'
  | 'allowedNetworks'
  | 'deviceAuthorization'
  | 'matchingNumber'

/** The events of one server, by name. */
export interface DeviceAuthEvents {
  /** A device was given its codes. */
  readonly requested: GrantEvent & { readonly scope: string; readonly ip: string | undefined }
  /** A user presented a code that is unknown, expired, decided or somebody else's. */
  readonly codeNotFound: EventBase & { readonly subject: string; readonly ip: string | undefined }
  /**
   * A user presented a code that another had presented in another browser: the request is closed, and its device is told
   * `access_denied`. Codes that are sent to many end like this; tell both users when it comes often.
   */
  readonly codeShared: UserEvent & { readonly ip: string | undefined }
  /** A user presented a live code. */
  readonly codeFound: UserEvent
  readonly approved: UserEvent & { readonly scope: string }
  readonly denied: GrantEvent & { readonly subject: string | undefined }
  /** A device polled earlier than its interval (seconds) allows. */
  readonly polledTooFast: GrantEvent & { readonly interval: number }
  /** A device got its tokens: a new device is signed in, and here is what a mail about it says. */
  readonly redeemed: UserEvent & {
    readonly scope: string
    readonly username?: string
    /** As it asked for the codes; untrusted. */
    readonly requester: Requester | undefined
  }
  /** A redeemed code came again: answered the same within the grace, else the grant is revoked. */
  readonly replayed: UserEvent & { readonly outcome: 'answered' | 'refused' | 'revoked' }
  /** A poll found its code expired. */
  readonly expired: GrantEvent
  /** A limit refused something. With `server`, wrong codes come from everywhere: somebody guesses. */
  readonly limited: EventBase & {
    readonly limit: LimitKind
    readonly clientId?: string
    readonly subject?: string
    readonly ip?: string | undefined
  }
  /** The policy refused codes, or an approval; of an approval the event has `grantId` and `subject`. */
  readonly refused: EventBase & {
    readonly reason: RefusalReason
    readonly clientId: string
    readonly grantId?: string
    readonly subject?: string
    readonly ip: string | undefined
  }
  readonly refreshed: UserEvent & { readonly scope: string }
  /** A refresh token that had been replaced came again; the grant is revoked. */
  readonly reuseDetected: UserEvent
  /** A grant or a pending request ended before its time. */
  readonly revoked: EventBase & {
    readonly grantId: string
    readonly clientId?: string
    readonly by: 'client' | 'user' | 'application'
  }
  /** A store, a hook or a listener failed. */
  readonly failed: EventBase & { readonly operation: string; readonly error: unknown }
  /**
   * The store answered, or failed, or took longer than `timeout`: for a histogram by step. It comes with every poll; while
   * nobody listens, nothing is measured.
   */
  readonly storeCalled: EventBase & {
    readonly step: Exclude<keyof DeviceStore, 'shared' | 'check'>
    /** How long it took, such as 0.0012. */
    readonly seconds: number
    readonly ok: boolean
  }
}

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
  reuseDetected: true,
  revoked: true,
  failed: true,
  storeCalled: true,
}

/** The names of all events. */
export const eventNames: readonly DeviceAuthEventName[] = Object.keys(names) as DeviceAuthEventName[]

/** A listener may be async; what it throws goes to `onError`, never to the request. */
export type DeviceAuthListener<Name extends DeviceAuthEventName> = (event: DeviceAuthEvents[Name]) => unknown

/** Sends events to listeners; a listener that fails harms neither the request nor the other listeners. */
export interface EventHub {
  on<Name extends DeviceAuthEventName>(name: Name, listener: DeviceAuthListener<Name>): () => void
  /** Lets a caller on the poll path skip building the event. */
  has(name: DeviceAuthEventName): boolean
  emit<Name extends DeviceAuthEventName>(name: Name, event: DeviceAuthEvents[Name]): void
}
