/** Tries again and again until the attempt succeeds, for 20 seconds. */
export async function until(attempt: () => Promise<unknown>): Promise<void> {
  for (let round = 0; ; round++) {
    try {
      await attempt()
      return
    } catch (error) {
      if (round === 400) throw error
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }
}
