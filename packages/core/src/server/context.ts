import { checkNames, isFunction, OptionError } from '../checks.ts'
import { noteAttestation } from '../clients/attestation.ts'
import { findRegistered, isRegisteredId } from '../clients/registered-client.ts'
import { createUserCodes } from '../codes/user-codes.ts'
import type { AuthenticatingServer, ClientAuthentication, FindClient } from '../contract/clients.ts'
import type { HookServer, ServerContext } from '../contract/context.ts'
import {
  type DeviceAuthEventName,
  type DeviceAuthEvents,
  type DeviceAuthListener,
  type EventHub,
  eventNames,
} from '../contract/events.ts'
import type { DeviceAuthOptions } from '../contract/options.ts'
import type { ResolvedOptions } from '../contract/resolved-options.ts'
import type { DeviceStore } from '../contract/store.ts'
import { deriveKeys } from '../crypto/seal.ts'
import { hashSecret } from '../crypto/secrets.ts'
import { overriddenHooks, resolveHooks } from '../hooks/resolve.ts'
import { chain } from '../http.ts'
import { createAttempts } from '../limits/attempts.ts'
import { SecretLimit } from '../limits/client-secrets.ts'
import { createHeldPlaces } from '../limits/held-places.ts'
import { clientRules, reportFaults } from '../options/clients.ts'
import { isStrongSecret, warnOfWeakSecret } from '../options/secret-strength.ts'
import { createMatchingNumbers } from '../policy/number-matching.ts'
import { guard, guardStore } from '../time-limit.ts'
import { urlBelow } from '../url.ts'
import { createLogInLoops } from '../verification/log-in-loops.ts'
import { createDecisionWaits } from './decision-waits.ts'
import { EventListeners } from './event-listeners.ts'
import { createFailures } from './failures.ts'
import { createStalls } from './stalls.ts'
import { clockSynchronizer, inStoreTime } from './store-time.ts'
import { createTraffic } from './traffic.ts'

/**
 * Makes the context of a server, which all its endpoints share: store, hooks, keys, events. The hooks are made last, because the default
 * ones use all other parts. A part that calls a hook later, such as the report of a failure, is given a function that returns the context.
 */
export function createContext<Native>(
  options: ResolvedOptions<Native>,
  given: DeviceAuthOptions<Native>,
): ServerContext<Native> {
  const timeout = options.timeout * 1000
  const failures = createFailures<Native>(() => context)
  const { now, storeClock, timedStore } = serverTime(options, given)
  const overridden = checkHooks(given)
  const findClient = clientFinder(options, given, overridden, failures.fail)
  const events = createEvents(given, failures.fail)
  const stalls = createStalls(now)
  const store = guardStore(timedStore, timeout, (step) => measureStep(step, events, now), stalls.note)
  const attempts = createAttempts(store, now, (error) =>
    failures.fail('giveBackAttempts', error, { endpoint: 'attempts' }),
  )
  const secretLimit = new SecretLimit({ attempts, events, limit: options.limits.clientSecretsPerAddress, now })
  const secretChecks = createSecretChecks<Native>(secretLimit, () => context)
  const traffic = createTraffic(options.maxConcurrentRequests)
  const server: HookServer<Native> = {
    options,
    overridden,
    store,
    attempts,
    ...boundedExtensions(options),
    ...secretParts(options),
    ...pagePaths(options),
    events,
    now,
    storeClock,
    synchronize: storeClock && clockSynchronizer(storeClock, events),
    answerableFrom: stalls.answerableFrom,
    findClient,
    clientAuthentication: clientAuthentication(options, { ...failures, findClient, store, now }, secretChecks),
    knowsScope: (scope) => Object.keys(options.scopes).length === 0 || Object.hasOwn(options.scopes, scope),
    traffic,
    decisionWaits: createDecisionWaits({ ...failures, store: options.store, traffic, events, now }),
    heldPlaces: options.longPolling === false ? undefined : createHeldPlaces(options.longPolling),
    logInLoops: createLogInLoops(),
    ...failures,
  }
  const context: ServerContext<Native> = { ...server, hooks: resolveHooks(given.hooks ?? {}, server, timeout) }
  return context
}

type SecretChecks = Pick<ServerContext['clientAuthentication'], 'checkSecret' | 'refuseSecret'>

/** Makes the functions that check client secrets within the limit of wrong ones. */
function createSecretChecks<Native>(limit: SecretLimit, context: () => ServerContext<Native>): SecretChecks {
  return {
    checkSecret(client, secret, ip) {
      const { hooks, overridden } = context()
      const unguessable = isUnguessable(secret, overridden)
      const presented = { clientId: client.client_id, known: true, ip, secret, unguessable }
      return limit.check(presented, () => hooks.verifyClientSecret(client, secret))
    },
    refuseSecret: (clientId, secret, ip) =>
      limit.check({ clientId, known: false, ip, secret, unguessable: false }, () => false),
  }
}

/** The parts that are derived from the option `secret`. */
function secretParts<Native>({
  secret,
  issuer,
  userCode,
}: ResolvedOptions<Native>): Pick<
  ServerContext<Native>,
  'codes' | 'handleKeys' | 'tokenKeys' | 'nonceKeys' | 'matchingNumbers'
> {
  return {
    codes: createUserCodes(userCode, deriveKeys(secret, 'user code')),
    // one application may have several servers, and a subject of one may be somebody else at another
    handleKeys: deriveKeys(secret, `handle ${issuer}`),
    tokenKeys: deriveKeys(secret, 'refresh token'),
    nonceKeys: deriveKeys(secret, 'proof nonce'),
    matchingNumbers: createMatchingNumbers(secret),
  }
}

/** A hook may compare slowly on purpose, and knows best which secrets it gives out: no secret counts as unguessable then. */
function isUnguessable(secret: string, overridden: ReturnType<typeof overriddenHooks>): boolean {
  return !overridden.has('verifyClientSecret') && isStrongSecret(secret)
}

function pagePaths<Native>({
  issuer,
  paths,
}: ResolvedOptions<Native>): Pick<ServerContext<Native>, 'verificationPath' | 'verificationOrigin' | 'devicesPath'> {
  const { pathname, origin } = new URL(urlBelow(issuer, paths.verification || '/'))
  const devicesPath = new URL(urlBelow(issuer, paths.devices || '/')).pathname
  return { verificationPath: pathname, verificationOrigin: origin, devicesPath }
}

/** The function that finds a client: one of the option `clients`, or one that registered itself. */
function clientFinder<Native>(
  options: ResolvedOptions<Native>,
  { clients }: DeviceAuthOptions<Native>,
  overridden: ReturnType<typeof overriddenHooks>,
  fail: ServerContext<Native>['fail'],
): FindClient {
  const report = (error: unknown): void => fail('clients', error, { endpoint: 'clients' })
  if (!Array.isArray(clients)) return withRegistered(reportedFinder(options, overridden, report), options, report)
  if (!overridden.has('verifyClientSecret')) clients.forEach(warnOfWeakSecret)
  // a listed client is found in memory at once: its time needs no limit
  return withRegistered(options.findClient, options, report)
}

/** The function of the option `clients`, limited in time. Clients that nobody can use are reported. */
function reportedFinder<Native>(
  options: ResolvedOptions<Native>,
  overridden: ReturnType<typeof overriddenHooks>,
  report: (error: unknown) => void,
): FindClient {
  const needsSecret = !overridden.has('verifyClientSecret') && !overridden.has('authenticateClient')
  const find = guard('clients', 'store', options.timeout * 1000, options.findClient)
  return reportFaults(find, clientRules(options, needsSecret), report, needsSecret ? warnOfWeakSecret : () => {})
}

/** Adds the clients that registered themselves. Those of the option `clients` come first. */
function withRegistered<Native>(
  findOwn: FindClient,
  options: ResolvedOptions<Native>,
  report: (error: unknown) => void,
): FindClient {
  const { registration } = options
  if (registration === undefined) return findOwn
  const find: FindClient = (clientId) => findRegistered(clientId, registration)
  const findUsable = reportFaults(find, clientRules(options, true), report, () => {})
  return (clientId) =>
    chain(findOwn(clientId), (own) => own ?? (isRegisteredId(clientId) ? findUsable(clientId) : undefined))
}

/** The clock that decides: an injected one, that of the store, or that of the node. */
function serverTime<Native>(
  { store, clock, timeout }: ResolvedOptions<Native>,
  given: DeviceAuthOptions<Native>,
): Pick<ServerContext<Native>, 'now' | 'storeClock'> & { readonly timedStore: DeviceStore } {
  const storeClock = given.clock === undefined ? store.clock : undefined
  if (storeClock === undefined) return { now: clock, storeClock, timedStore: store }
  return { now: () => storeClock.now(), storeClock, timedStore: inStoreTime(store, storeClock, timeout * 1000) }
}

function checkHooks<Native>({ hooks = {}, paths = {} }: DeviceAuthOptions<Native>): ReturnType<typeof overriddenHooks> {
  const overridden = overriddenHooks(hooks)
  if (paths.verification === false && !overridden.has('getVerificationUri')) {
    const expected = 'a function that returns the URL of your own page, because paths.verification is false'
    throw new OptionError('hooks.getVerificationUri', undefined, expected)
  }
  return overridden
}

/** The part of the context that client authentication uses. */
function clientAuthentication<Native>(
  { issuer, paths, clientAuthentication, timeout }: ResolvedOptions<Native>,
  { findClient, store, now, fail }: Pick<ServerContext<Native>, 'findClient' | 'store' | 'now' | 'fail'>,
  secretChecks: SecretChecks,
): ServerContext<Native>['clientAuthentication'] {
  const server: AuthenticatingServer = {
    issuer,
    tokenEndpoint: urlBelow(issuer, paths.token),
    now,
    // a kind of its own by the first two parts of the key: what anybody can send must not push it out of a memory store
    takeOnce: (id, seconds) =>
      chain(
        store.takeAttempts([{ key: `once:client:${hashSecret(id)}`, limit: 1, window: Math.ceil(seconds) }], now()),
        (refusal) => refusal === undefined,
      ),
    noteAttestation,
    report: (error) => fail('authenticateClient', error, { endpoint: 'clients' }),
  }
  const methods = boundedMethods(clientAuthentication, timeout * 1000)
  return { findClient, ...secretChecks, methods, server, realm: issuer }
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
      return [name, { byConnection: method.byConnection === true, identify: method.identify.bind(method), verify }]
    }),
  )
}

function boundedExtensions<Native>(
  options: ResolvedOptions<Native>,
): Pick<ServerContext<Native>, 'openid' | 'keyBinding'> {
  return { openid: boundedOpenId(options), keyBinding: boundedKeyBinding(options) }
}

/** The functions of the option `openid`, bound to their object and limited in time like hooks. */
function boundedOpenId<Native>({ openid, timeout }: ResolvedOptions<Native>): ServerContext<Native>['openid'] {
  if (openid === undefined) return undefined
  const milliseconds = timeout * 1000
  return {
    issue: guard('openid.issue', 'hook', milliseconds, openid.issue.bind(openid)),
    userInfo: guard('openid.userInfo', 'hook', milliseconds, openid.userInfo.bind(openid)),
  }
}

/** The ways of the option `keyBinding`, bound to their objects and limited in time like hooks. */
function boundedKeyBinding<Native>({
  keyBinding,
  timeout,
}: ResolvedOptions<Native>): ServerContext<Native>['keyBinding'] {
  return keyBinding.map((binding) => ({
    ...binding,
    read: guard('keyBinding.read', 'hook', timeout * 1000, binding.read.bind(binding)),
  }))
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
