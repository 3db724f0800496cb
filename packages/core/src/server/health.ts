import type { ServerContext } from '../contract/context.ts'
import type { Health } from '../contract/device-auth.ts'

/** Milliseconds from one probe of the store to the next one, and the longest wait for its answer. */
const PERIOD = 1000

type StoreHealth = Pick<Health, 'store' | 'warnings'>

const noAnswer: StoreHealth = Object.freeze({
  store: 'failing',
  warnings: Object.freeze([
    'The store has not answered its check within a second. Look at the database and the connection to it.',
  ]),
})

/**
 * Makes `deviceAuth.health`. All calls within a second share one probe of the store: balancers ask often, and a database
 * that has trouble must not be asked more often for it.
 *
 * @param check - Checks the store; rejects if it does not work.
 */
export function createHealth<Native>(
  check: () => Promise<readonly string[]>,
  { now, options, traffic, fail }: ServerContext<Native>,
): () => Promise<Health> {
  const probe = async (): Promise<StoreHealth> => {
    try {
      return { store: 'ok', warnings: await check() }
    } catch (error) {
      fail('check', error, { endpoint: 'health' })
      return { store: 'failing', warnings: [String(error)] }
    }
  }
  const current = sharedProbe(probe, now)
  return async () => {
    const { store, warnings } = await current()
    const ready = !traffic.draining() && (store === 'ok' || options.onStoreFailure === 'pending')
    return { live: true, ready, store, warnings }
  }
}

/** Probes at most once in a period, and never twice at the same time: a probe that hangs is waited for. */
function sharedProbe(probe: () => Promise<StoreHealth>, now: () => number): () => Promise<StoreHealth> {
  let startedAt = Number.NEGATIVE_INFINITY
  let underWay = false
  let result: Promise<StoreHealth> = Promise.resolve(noAnswer)
  const start = async (): Promise<StoreHealth> => {
    try {
      return await probe()
    } finally {
      underWay = false
    }
  }
  return () => {
    const at = now()
    // the clock may have been set back
    const isOver = at >= startedAt + PERIOD || at < startedAt
    if (isOver && !underWay) {
      startedAt = at
      underWay = true
      result = withinPeriod(start())
    }
    return result
  }
}

/** The result or, if it takes longer than a period, {@link noAnswer}: a probe of the process must not hang with the store. */
function withinPeriod(result: Promise<StoreHealth>): Promise<StoreHealth> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, PERIOD, noAnswer)
    void result.then((health) => {
      clearTimeout(timer)
      resolve(health)
    })
  })
}
