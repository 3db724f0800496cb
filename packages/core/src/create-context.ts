import { checkNames, isFunction } from './check-options.ts'
import { createUserCodes } from './codes.ts'
import type { HookServer, ServerContext } from './context.ts'
import { type DeviceAuthEventName, type DeviceAuthListener, EventHub, eventNames } from './events.ts'
import { guardStore, OperationFailure } from './guard.ts'
import type { DeviceAuthOptions } from './options.ts'
import { overriddenHooks, resolveHooks } from './resolve-hooks.ts'
import type { ResolvedOptions } from './resolve-options.ts'
import { deriveKey } from './seal.ts'
import { SecretLimit } from './secret-limit.ts'
import { urlBelow } from './url.ts'

/** Puts together what the endpoints work with: guarded store, bound hooks, keys, events. */
export function createContext<Native>(
  options: ResolvedOptions<Native>,
  given: DeviceAuthOptions<Native>,
): ServerContext<Native> {
  const { clock: now, findClient, scopes, secret, timeout } = options
  const store = guardStore(options.store, timeout * 1000)
  const fail: ServerContext<Native>['fail'] = (operation, error, where) => reportFailure(operation, error, where, context)
  const events = createEvents(given, fail)
  const limit = options.limits.clientSecretsPerAddress
  const secrets = new SecretLimit({ store, events, limit, now })
  const page = new URL(urlBelow(options.issuer, options.paths.verification || '/'))
  const server: HookServer<Native> = {
    options,
    overridden: overriddenHooks(given.hooks ?? {}),
    store,
    codes: createUserCodes(options.userCode, deriveKey(secret, 'user code')),
    handleKey: deriveKey(secret, 'handle'),
    tokenKey: deriveKey(secret, 'refresh token'),
    events,
    now,
    findClient,
    clientAuthentication: {
      findClient,
      checkSecret: (client, shown, ip) =>
        secrets.check(client.client_id, ip, () => context.hooks.verifyClientSecret(client, shown)),
      methods: new Map(Object.entries(options.clientAuthentication)),
      realm: options.issuer,
    },
    knowsScope: (scope) => Object.keys(scopes).length === 0 || Object.hasOwn(scopes, scope),
    verificationPath: page.pathname,
    verificationOrigin: page.origin,
    fail,
  }
  const context: ServerContext<Native> = { ...server, hooks: resolveHooks(given.hooks ?? {}, server, timeout * 1000) }
  return context
}

function createEvents<Native>(given: DeviceAuthOptions<Native>, fail: ServerContext<Native>['fail']): EventHub {
  const listeners = given.events ?? {}
  checkNames('events', listeners, Object.fromEntries(eventNames.map((name) => [name, isFunction])))
  const events = new EventHub((error) => fail('event', error, { endpoint: 'event' }))
  for (const [name, listener] of Object.entries(listeners)) {
    if (listener !== undefined) events.on(name as DeviceAuthEventName, listener as DeviceAuthListener<DeviceAuthEventName>)
  }
  return events
}

/** Tells the application what failed; the cause, not our wrapping of it. */
function reportFailure<Native>(
  operation: string,
  error: unknown,
  where: Parameters<ServerContext<Native>['fail']>[2],
  { events, hooks, now }: ServerContext<Native>,
): void {
  const cause = error instanceof OperationFailure ? error.cause : error
  // a listener of `failed` that fails is not told of its own failure again
  if (where.endpoint !== 'event') events.emit('failed', { at: now(), operation, error: cause })
  try {
    hooks.onError(cause, where)
  } catch {
    // a log that fails must not take the answer with it
  }
}
