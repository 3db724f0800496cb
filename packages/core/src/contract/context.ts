import type { Awaitable } from '../http.ts'
import type { Client } from '../protocol.ts'
import type { ClientAuthenticationContext } from './clients.ts'
import type { UserCodes } from './codes.ts'
import type { EventHub } from './events.ts'
import type { ErrorContext, HookName, Hooks } from './hooks.ts'
import type { ResolvedOptions } from './options.ts'
import type { DeviceStore } from './store.ts'

/** What the endpoints and grants of one server work with; made once, at construction. */
export interface ServerContext<Native = unknown> {
  readonly options: ResolvedOptions<Native>
  /** Every hook, bound and bounded in time. */
  readonly hooks: Hooks<Native>
  /** The hooks that are the application's own. */
  readonly overridden: ReadonlySet<HookName>
  /** Every step bounded in time. */
  readonly store: DeviceStore
  readonly codes: UserCodes
  /** Seals the handles in forms and links. */
  readonly handleKey: Buffer
  /** Marks refresh tokens as issued here. */
  readonly tokenKey: Buffer
  /** The number that a client with `number_matching` has to send, by the id of the request. */
  readonly matchingNumber: (id: string) => string
  readonly events: EventHub
  /** Epoch milliseconds. */
  now(): number
  findClient(clientId: string): Awaitable<Client | undefined>
  readonly clientAuthentication: ClientAuthenticationContext
  /** Whether the option `scopes` has it. */
  knowsScope(scope: string): boolean
  /** The page's path as a browser sees it: the issuer's path in front. */
  readonly verificationPath: string
  /** The path of the page of devices as a browser sees it. */
  readonly devicesPath: string
  /** The page's origin as a browser sees it. */
  readonly verificationOrigin: string
  /** Tells `onError` and the `failed` event. */
  fail(operation: string, error: unknown, context: ErrorContext): void
}

/** What the default hooks work with: the server before it has its hooks. */
export type HookServer<Native = unknown> = Omit<ServerContext<Native>, 'hooks'>
