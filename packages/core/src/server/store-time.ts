import type { EventHub } from '../contract/events.ts'
import type { DeviceStore, StoreClock } from '../contract/store.ts'
import { type Awaitable, isThenable } from '../http.ts'

/** Milliseconds between the clock of a node and that of the database from which the operator is told. */
const MAX_SKEW = 30_000
/** Milliseconds between two events about it. */
const SKEW_EVENT_INTERVAL = 60_000
/** Milliseconds that a request waits for a measurement of the clock. */
const MAX_WAIT = 1_000

/**
 * A store that does each step at its own time: the time that a caller gives to a step is left out. Steps with deadlines fail
 * until the clock of the database was measured, because they would be computed from the clock of the node.
 *
 * @param timeout - Milliseconds after which the caller of a step gives up.
 */
export function inStoreTime(store: DeviceStore, clock: StoreClock, timeout: number): DeviceStore {
  return {
    shared: store.shared,
    createDeviceCredential: (credential) => measured(store, clock).createDeviceCredential(credential),
    findDeviceCredential: (id) => store.findDeviceCredential(id, undefined),
    pollDeviceCredential: (id, clientId, _, style) => store.pollDeviceCredential(id, clientId, undefined, style),
    slowDown: (id, clientId) => store.slowDown(id, clientId, undefined),
    findByUserCode: (hash) => store.findByUserCode(hash, undefined),
    claim: (id, claimant) => store.claim(id, claimant, undefined),
    claimByUserCode: (hashes, claimant, budgets) =>
      withDeadline(clock, timeout, (until) => store.claimByUserCode(hashes, claimant, budgets, undefined, until)),
    decide: (id, userGrant) => store.decide(id, userGrant, undefined),
    lease: (id, owner, until, _, hash) => measured(store, clock).lease(id, owner, until, undefined, hash),
    release: (id, owner) => store.release(id, owner),
    redeem: (id, tokens, sealed, _, owner) => measured(store, clock).redeem(id, tokens, sealed, undefined, owner),
    findToken: (id, hash) => store.findToken(id, hash, undefined),
    rotateRefreshToken: (id, hash, tokens, sealed, _, owner) =>
      measured(store, clock).rotateRefreshToken(id, hash, tokens, sealed, undefined, owner),
    replayRotation: (id, hash) =>
      withDeadline(clock, timeout, (until) => store.replayRotation(id, hash, undefined, until)),
    deriveAccessToken: (id, hash, tokens) => measured(store, clock).deriveAccessToken(id, hash, tokens, undefined),
    revokeAccessToken: (id, hash) => store.revokeAccessToken(id, hash),
    revoke: (id) => store.revoke(id, undefined),
    listFamilies: (subject) => store.listFamilies(subject, undefined),
    findIds: (filter) => store.findIds(filter, undefined),
    renameFamily: (id, subject, name) => store.renameFamily(id, subject, name, undefined),
    takeAttempts: (budgets) => withDeadline(clock, timeout, (until) => store.takeAttempts(budgets, undefined, until)),
    giveBackAttempts: (keys) => store.giveBackAttempts(keys, undefined),
    sweep: () => store.sweep(undefined),
    close: () => store.close(),
  }
}

function measured(store: DeviceStore, clock: StoreClock): DeviceStore {
  if (clock.offset === undefined) throw new Error('The database has not told its time yet. Check the connection to it.')
  return store
}

/**
 * Runs a step that counts nothing after its deadline. The deadline is of the clock of the database, so that is measured first if
 * it is not known yet.
 */
function withDeadline<T>(clock: StoreClock, timeout: number, step: (until: number) => Awaitable<T>): Awaitable<T> {
  if (clock.offset !== undefined) return step(clock.now() + timeout)
  return afterMeasurement(clock, timeout, step)
}

async function afterMeasurement<T>(
  clock: StoreClock,
  timeout: number,
  step: (until: number) => Awaitable<T>,
): Promise<T> {
  const begun = performance.now()
  await clock.synchronize()
  return step(clock.now() + timeout - (performance.now() - begun))
}

/**
 * Makes the function that every request calls first, so that the time of the database is known.
 *
 * @returns `undefined` if it is known already; otherwise a promise that never rejects, because a store that cannot be asked for
 *   its time fails the step that follows
 */
export function clockSynchronizer(clock: StoreClock, events: EventHub): () => Promise<void> | undefined {
  let toldAt = Number.NEGATIVE_INFINITY
  const tell = (): void => {
    const offset = skew(clock)
    if (offset === undefined || performance.now() - toldAt < SKEW_EVENT_INTERVAL) return
    toldAt = performance.now()
    events.emit('clockSkew', { at: clock.now(), offset })
  }
  return () => {
    const pending = clock.synchronize()
    if (isThenable(pending)) return settled(pending).then(tell)
    tell()
    return undefined
  }
}

/** Waits for a measurement, but not long: polls and look-ups do not need it. */
function settled(measurement: PromiseLike<void>): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, MAX_WAIT)
    const end = (): void => {
      clearTimeout(timer)
      resolve()
    }
    measurement.then(end, end)
  })
}

/** The offset of the clock in milliseconds if it is too large; otherwise `undefined`. */
function skew({ offset = 0 }: StoreClock): number | undefined {
  return Math.abs(offset) > MAX_SKEW ? offset : undefined
}

/** The warning of `check()` about the clock of this node; empty if it is right. */
export async function clockWarnings(clock: StoreClock | undefined): Promise<readonly string[]> {
  await clock?.synchronize()
  const offset = clock && skew(clock)
  if (offset === undefined) return []
  const seconds = Math.round(Math.abs(offset) / 1000)
  const direction = offset < 0 ? 'ahead of' : 'behind'
  return [
    `The clock of this node is ${seconds} seconds ${direction} the clock of the database. Sign-ins follow the database. Correct the clock, for example with NTP.`,
  ]
}
