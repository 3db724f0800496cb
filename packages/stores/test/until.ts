/** Milliseconds after which no further attempt is made, however few there were. */
const LIMIT = 60_000

/** Tries again and again until the attempt succeeds: for 20 seconds and the time of the attempts, a minute at most. */
export async function until(attempt: () => Promise<unknown>): Promise<void> {
  const began = performance.now()
  for (let round = 0; ; round++) {
    try {
      await attempt()
      return
    } catch (error) {
      if (round === 400 || performance.now() - began > LIMIT) throw error
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }
}
