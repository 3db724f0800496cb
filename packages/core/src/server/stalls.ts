import type { ServerContext } from '../contract/context.ts'

/** Milliseconds by which failures of the store can put off the beginning of a grace. */
const LONGEST_STALL = 300_000

/**
 * Remembers when the store failed last. While it fails, no lost answer can be fetched, so a grace begins after the failure.
 * The steps that were under way while the process stood still have failed too.
 */
export function createStalls(now: () => number): {
  note(): void
  readonly answerableFrom: ServerContext['answerableFrom']
} {
  let failedAt = Number.NEGATIVE_INFINITY
  return {
    note() {
      failedAt = now()
    },
    answerableFrom: (step) => Math.max(step, Math.min(failedAt, step + LONGEST_STALL)),
  }
}
