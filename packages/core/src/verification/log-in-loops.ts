import type { LogInLoops } from '../contract/log-in-loops.ts'

/** Milliseconds in which a browser is led to the log-in only twice. */
const WINDOW = 60_000
const MAX_REDIRECTS = 2
/** Browsers that are kept, so that an attacker cannot fill the memory. */
const MAX_BROWSERS = 10_000

/** Notices browsers that come back from the log-in again and again without a user. */
export function createLogInLoops(): LogInLoops {
  const visits = new Map<string, { readonly since: number; count: number }>()
  let told = false
  return {
    isLoop(browser, now) {
      const visit = visits.get(browser)
      if (visit !== undefined && now - visit.since < WINDOW && now >= visit.since) {
        return ++visit.count > MAX_REDIRECTS
      }
      if (visits.size >= MAX_BROWSERS) visits.clear()
      visits.set(browser, { since: now, count: 1 })
      return false
    },
    isFirst() {
      const first = !told
      told = true
      return first
    },
  }
}
