import type { Join } from '../keys/join.ts'
import { type KeySet, readKeySet, withoutUnused } from './key-set.ts'

/** Milliseconds for which fetched keys are used without another look. */
const FRESH = 5 * 60_000

/** Milliseconds for which fetched keys are used while their address does not answer. */
const USABLE = 60 * 60_000

/** The least milliseconds between two fetches of one address, also after a failure and for an unknown `kid`. */
const PAUSE = 60_000

/** The most addresses that are remembered. Beyond them the one that was added first is forgotten. */
const MAX_ADDRESSES = 1000

interface Remembered {
  keys: KeySet
  /** The time of `keys`; `-Infinity` if there are none. */
  fetchedAt: number
  triedAt: number
  /** True if the last fetch failed. */
  isFailing: boolean
  pending: Promise<void> | undefined
}

const tooManyWait = '@device-auth/jwt: too many requests wait for key sets of strangers that are slow.'

/** Fetches the JSON document of a URL. @param now - Epoch milliseconds. */
type FetchKeys = (url: URL, now: number) => Promise<unknown>

/** Key sets that are fetched from their addresses and remembered. */
export interface RemoteKeySets {
  /**
   * The keys of an address. They are fetched if they are old, or `fits` says that a needed key is missing. Never rejects.
   *
   * @param now - Epoch milliseconds.
   * @param report - Is told of a failed fetch, once for each, and of a request that did not wait for one.
   * @returns An empty set if the keys could not be fetched.
   */
  find(url: string, now: number, fits: (keys: KeySet) => boolean, report: (error: unknown) => void): Promise<KeySet>
}

/**
 * Remembers the key sets of addresses. Requests at the same moment share one fetch.
 *
 * @param join - Waits for a fetch that another request began; `undefined` if too many do so already, who then have the keys of before.
 */
export function remoteKeySets(fetchKeys: FetchKeys, join: Join = (wait) => wait()): RemoteKeySets {
  const sets = new Map<string, Remembered>()
  return {
    async find(url, now, fits, report) {
      const set = sets.get(url) ?? remember(sets, url)
      const isOld = Math.abs(now - set.fetchedAt) >= FRESH
      if (isOld || !fits(set.keys)) {
        // while its address does not answer, nobody waits for it who finds a key among the last ones
        const mayGoOn = set.isFailing && isUsable(set, now) && fits(set.keys)
        const { pending } = set
        if (pending !== undefined) {
          if (!mayGoOn) await (join(() => pending) ?? report(new Error(tooManyWait)))
        } else if (Math.abs(now - set.triedAt) >= PAUSE) {
          set.triedAt = now
          set.pending = refresh(set, url, now, fetchKeys)
            .catch(report)
            .finally(() => (set.pending = undefined))
          if (!mayGoOn) await set.pending
        }
      }
      return isUsable(set, now) ? set.keys : []
    },
  }
}

function isUsable({ fetchedAt }: Remembered, now: number): boolean {
  return Math.abs(now - fetchedAt) < USABLE
}

function remember(sets: Map<string, Remembered>, url: string): Remembered {
  const [oldest] = sets.keys()
  if (sets.size >= MAX_ADDRESSES && oldest !== undefined) sets.delete(oldest)
  const set: Remembered = { keys: [], fetchedAt: -Infinity, triedAt: -Infinity, isFailing: false, pending: undefined }
  sets.set(url, set)
  return set
}

async function refresh(set: Remembered, url: string, now: number, fetchKeys: FetchKeys): Promise<void> {
  try {
    const keys = readKeySet(await fetchKeys(new URL(url), now))
    if (keys === undefined) throw new Error('The answer is no key set, or one of more than 32 keys.')
    set.keys = withoutUnused(keys)
    set.fetchedAt = now
    set.isFailing = false
  } catch (cause) {
    set.isFailing = true
    throw new Error(`@device-auth/jwt: the keys at ${url} could not be fetched.`, { cause })
  }
}
