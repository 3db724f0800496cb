import type { ClientAuthenticationContext } from './client-authentication.ts'
import type { UserCodes } from './codes.ts'
import { errorResponse, isOAuthError, OAuthError } from './errors.ts'
import type { EventHub } from './events.ts'
import { OperationFailure } from './guard.ts'
import type { EndpointName, ErrorContext, HookName, Hooks } from './hooks.ts'
import { type Awaitable, type Endpoint, isThenable, type OAuthRequest, type OAuthResponse } from './http.ts'
import type { Client } from './protocol.ts'
import type { ResolvedOptions } from './resolve-options.ts'
import { type DeviceStore, StoreFullError } from './stores/store.ts'

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

/** Seconds that a client is asked to wait before it tries again. */
export const RETRY_AFTER = 5

/** Whether an error means that the server may do better later. */
export function isTransient(error: unknown): boolean {
  return error instanceof OperationFailure && (error.kind === 'store' || error.timedOut)
}

/** The answer for whatever an endpoint threw; tells the application of what is not the request's fault. */
export function answerError<Native>(
  error: unknown,
  endpoint: EndpointName,
  request: OAuthRequest<Native>,
  context: ServerContext<Native>,
): OAuthResponse {
  if (isOAuthError(error)) return errorResponse(error)
  const headers = { 'retry-after': String(RETRY_AFTER) }
  if (error instanceof Error && error.name === StoreFullError.name) {
    context.events.emit('limited', { at: context.now(), limit: 'store', ip: request.ip })
    return errorResponse(new OAuthError('temporarily_unavailable', undefined, { headers }))
  }
  context.fail(error instanceof OperationFailure ? error.operation : endpoint, error, {
    endpoint,
    native: request.native,
  })
  return errorResponse(
    isTransient(error)
      ? new OAuthError('temporarily_unavailable', undefined, { headers })
      : new OAuthError('server_error'),
  )
}

/** Makes an endpoint of a handler: whatever it throws becomes a response. */
export function jsonEndpoint<Native>(
  name: EndpointName,
  context: ServerContext<Native>,
  handle: (request: OAuthRequest<Native>) => Awaitable<OAuthResponse>,
): Endpoint<Native> {
  return async (request) => {
    try {
      const response = handle(request)
      return isThenable(response) ? await response : response
    } catch (error) {
      return answerError(error, name, request, context)
    }
  }
}
