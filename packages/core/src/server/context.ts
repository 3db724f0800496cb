import { createUserCodes } from '../codes/user-codes.ts'
import type { ClientAuthentication, FindClient } from '../contract/clients.ts'
import type { HookServer, ServerContext } from '../contract/context.ts'
import {
  type DeviceAuthEventName,
  type DeviceAuthEvents,
  type DeviceAuthListener,
  type EventHub,
  eventNames,
} from '../contract/events.ts'
import type { Hooks } from '../contract/hooks.ts'
import type { DeviceAuthOptions, ResolvedOptions } from '../contract/options.ts'
import type { DeviceStore } from '../contract/store.ts'
import { deriveKeys } from '../crypto/seal.ts'
import { overriddenHooks, resolveHooks } from '../hooks/resolve.ts'
import { SecretLimit } from '../limits/client-secrets.ts'
import { checkNames, isFunction, OptionError } from '../options/checks.ts'
import { createMatchingNumbers } from '../policy/number-matching.ts'
import { guard, guardStore, OperationFailure } from '../time-limit.ts'
import { urlBelow } from '../url.ts'
import { EventListeners } from './event-listeners.ts'
import { clockSynchronizer, inStoreTime } from './store-time.ts'

/** Makes the context of a server, which all its endpoints share: store, hooks, keys, events. */
export function createContext<Native>(
  options: ResolvedOptions<Native>,
  given: DeviceAuthOptions<Native>,
): ServerContext<Native> {
  const { now, storeClock, timedStore } = serverTime(options, given)
  const timeout = options.timeout * 1000
  // a listed client is found in memory at once: its time needs no limit
  const findClient: FindClient = Array.isArray(given.clients)
    ? options.findClient
    : guard('clients', 'store', timeout, options.findClient)
  const fail: ServerContext<Native>['fail'] = (operation, error, where) =>
    reportFailure(operation, error, where, context)
  const events = createEvents(given, fail)
  const store = guardStore(timedStore, timeout, (step) => measureStep(step, events, now))
  const limit = options.limits.clientSecretsPerAddress
  const secrets = new SecretLimit({ store, events, limit, now })
  const page = new URL(urlBelow(options.issuer, options.paths.verification || '/'))
  const server: HookServer<Native> = {
    options,
    overridden: checkHooks(given),
    store,
    codes: createUserCodes(options.userCode, deriveKeys(options.secret, 'user code')),
    handleKeys: deriveKeys(options.secret, 'handle'),
    tokenKeys: deriveKeys(options.secret, 'refresh token'),
    matchingNumbers: createMatchingNumbers(options.secret),
    events,
    now,
    storeClock,
    synchronize: storeClock && clockSynchronizer(storeClock, events),
    findClient,
    clientAuthentication: {
      findClient,
      checkSecret: (client, secret, ip) =>
        secrets.check({ clientId: client.client_id, ip, secret }, () =>
          context.hooks.verifyClientSecret(client, secret),
        ),
      methods: boundedMethods(options.clientAuthentication, timeout),
      realm: options.issuer,
    },
    knowsScope: (scope) => Object.keys(options.scopes).length === 0 || Object.hasOwn(options.scopes, scope),
    verificationPath: page.pathname,
    verificationOrigin: page.origin,
    devicesPath: new URL(urlBelow(options.issuer, options.paths.devices || '/')).pathname,
    fail,
  }
  const context: ServerContext<Native> = { ...server, hooks: resolveHooks(given.hooks ?? {}, server, timeout) }
  return context
}

/** The clock that decides: an injected one, that of the store, or that of the node. */
function serverTime<Native>(
  { store, clock }: ResolvedOptions<Native>,
  given: DeviceAuthOptions<Native>,
): Pick<ServerContext<Native>, 'now' | 'storeClock'> & { readonly timedStore: DeviceStore } {
  const storeClock = given.clock === undefined ? store.clock : undefined
  if (storeClock === undefined) return { now: clock, storeClock, timedStore: store }
  return { now: () => storeClock.now(), storeClock, timedStore: inStoreTime(store, storeClock) }
}

function checkHooks<Native>({ hooks = {}, paths = {} }: DeviceAuthOptions<Native>): ReturnType<typeof overriddenHooks> {
  const overridden = overriddenHooks(hooks)
  if (paths.verification === false && !overridden.has('getVerificationUri')) {
    const expected = 'a function that returns the URL of your own page, because paths.verification is false'
    throw new OptionError('hooks.getVerificationUri', undefined, expected)
  }
  return overridden
}

/**
 * The methods of the option `clientAuthentication`, bound to their objects and limited in time like hooks.
 *
 * @param timeout - Milliseconds.
 */
function boundedMethods(
  methods: Readonly<Record<string, ClientAuthentication>>,
  timeout: number,
): ReadonlyMap<string, ClientAuthentication> {
  return new Map(
    Object.entries(methods).map(([name, method]) => {
      const verify = guard(name, 'hook', timeout, method.verify.bind(method))
      return [name, { identify: method.identify.bind(method), verify }]
    }),
  )
}

function createEvents<Native>(given: DeviceAuthOptions<Native>, fail: ServerContext<Native>['fail']): EventHub {
  const listeners = given.events ?? {}
  checkNames('events', listeners, Object.fromEntries(eventNames.map((name) => [name, isFunction])))
  const events = new EventListeners((name, error) => fail(`listener:${name}`, error, { endpoint: 'event' }))
  for (const [name, listener] of Object.entries(listeners)) {
    if (listener !== undefined)
      events.on(name as DeviceAuthEventName, listener as DeviceAuthListener<DeviceAuthEventName>)
  }
  return events
}

/** Begins to measure a step of the store; `undefined` if nobody listens, so that a poll does not pay for it. */
function measureStep(
  step: DeviceAuthEvents['storeCalled']['step'],
  events: EventHub,
  now: () => number,
): ((ok: boolean) => void) | undefined {
  if (!events.has('storeCalled')) return undefined
  const startedAt = performance.now()
  return (ok) => events.emit('storeCalled', { at: now(), step, seconds: (performance.now() - startedAt) / 1000, ok })
}

/** Reports a failure to the application: the original error, without our wrapper. */
function reportFailure<Native>(
  operation: string,
  error: unknown,
  where: Parameters<ServerContext<Native>['fail']>[2],
  { events, hooks, now }: ServerContext<Native>,
): void {
  const cause = error instanceof OperationFailure ? error.cause : error
  // not for a failing listener of `failed`, which would be called again and again
  if (operation !== 'listener:failed') events.emit('failed', { at: now(), operation, error: cause })
  void report(hooks, cause, where)
}

/** Calls `onError`. An error of `onError` itself is ignored, so that it changes no answer and does not end the process. */
async function report<Native>(
  { onError }: Hooks<Native>,
  error: unknown,
  where: Parameters<Hooks<Native>['onError']>[1],
): Promise<void> {
  try {
    await onError(error, where)
  } catch {
    // the log itself fails: nobody can be told
  }
}
