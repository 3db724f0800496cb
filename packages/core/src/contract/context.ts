import type { Keys } from '../crypto/seal.ts'
import type { Awaitable } from '../http.ts'
import type { Client } from '../protocol.ts'
import type { Attempts } from './attempts.ts'
import type { ClientAuthenticationContext } from './clients.ts'
import type { UserCodes } from './codes.ts'
import type { DecisionWaits } from './decision-waits.ts'
import type { EventHub } from './events.ts'
import type { HeldPlaces } from './held-places.ts'
import type { ErrorContext } from './hook-arguments.ts'
import type { HookName, Hooks } from './hooks.ts'
import type { KeyBinding } from './key-binding.ts'
import type { LogInLoops } from './log-in-loops.ts'
import type { ResolvedOptions } from './resolved-options.ts'
import type { DeviceStore, StoreClock } from './store.ts'
import type { OpenIdProvider } from './tokens.ts'
import type { Traffic } from './traffic.ts'

/** The parts of one server, for its endpoints and grants. Made once, at construction. */
export interface ServerContext<Native = unknown> {
  /** The checked options with their defaults. */
  readonly options: ResolvedOptions<Native>
  /** All hooks, bound to their object. Those that may take long are limited by the option `timeout`. */
  readonly hooks: Hooks<Native>
  /** The names of the hooks that the application overrides. */
  readonly overridden: ReadonlySet<HookName>
  /** The store. Each step is limited by the option `timeout`. */
  readonly store: DeviceStore
  /** Counts attempts. */
  readonly attempts: Attempts
  /** The option `openid`, bound to its object and limited by the option `timeout`. */
  readonly openid: Pick<OpenIdProvider<Native>, 'issue' | 'userInfo'> | undefined
  /** The option `keyBinding`, bound to its objects and limited by the option `timeout`. */
  readonly keyBinding: readonly KeyBinding<Native>[]
  readonly codes: UserCodes
  /** The keys that seal the handles in forms and links. */
  readonly handleKeys: Keys
  /** The keys of the tag in refresh tokens, which marks them as issued here. */
  readonly tokenKeys: Keys
  /** The keys of the nonces in proofs. */
  readonly nonceKeys: Keys
  /**
   * Computes the number that a client with `number_matching` has to send, from the id of the request: by the current secret,
   * then by previous ones.
   */
  readonly matchingNumbers: (id: string) => readonly [string, ...string[]]
  readonly events: EventHub
  /** The time in epoch milliseconds: that of the database if its store has a clock. */
  now(): number
  /** The clock of the database, by which the store does its steps; `undefined` if the store is given the time of {@link now}. */
  readonly storeClock: StoreClock | undefined
  /** Measures the clock of the database if that is necessary, before a request reads the time. It never rejects. */
  readonly synchronize: (() => Promise<void> | undefined) | undefined
  /**
   * The time from which the answer to a step of the store could be sent, for a grace that begins then. It is later than the
   * step if the store has failed since, by up to five minutes. Both are epoch milliseconds.
   */
  answerableFrom(step: number): number
  /** Finds a client by its id, limited by the option `timeout`. */
  findClient(clientId: string): Awaitable<Client | undefined>
  readonly clientAuthentication: ClientAuthenticationContext
  /** `true` if the option `scopes` has the scope, or if no scopes are known at all. */
  knowsScope(scope: string): boolean
  /** The path of the verification page as a browser sees it, with the issuer's path in front. */
  readonly verificationPath: string
  /** The path of the page of devices as a browser sees it. */
  readonly devicesPath: string
  /** The origin of the pages as a browser sees it. */
  readonly verificationOrigin: string
  readonly traffic: Traffic
  /** Waits for decisions. `undefined` if the store cannot tell of them, or hooks of the application decide polls. */
  readonly decisionWaits: DecisionWaits | undefined
  /** The places of requests that are held until a decision. `undefined` if the option `longPolling` is `false`. */
  readonly heldPlaces: HeldPlaces | undefined
  readonly logInLoops: LogInLoops
  /** Reports a failure: emits the event `failed`, and calls the hook `onError` unless it was called for one like it just now. */
  fail(operation: string, error: unknown, context: ErrorContext): void
  /** Calls `onError` now for the failures that it would be called for at the end of this second. */
  flushErrors(): void
}

/** The parts of one server that the default hooks use: all but the hooks. */
export type HookServer<Native = unknown> = Omit<ServerContext<Native>, 'hooks'>
