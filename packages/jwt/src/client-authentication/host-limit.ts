/** Milliseconds in which fetches are counted. */
const period = 60_000

/**
 * Makes a function that counts the fetches of each host, so that this server is no tool to flood another one.
 *
 * @param most - The most fetches of one host in a minute.
 * @returns A function that takes one fetch; it returns `false` if there is none left for this host in this minute.
 */
export function createHostLimit(most: number): (host: string, now: number) => boolean {
  let startedAt = Number.NEGATIVE_INFINITY
  const hosts = new Map<string, number>()
  return (host, now) => {
    if (Math.abs(now - startedAt) >= period) {
      startedAt = now
      hosts.clear()
    }
    const count = hosts.get(host) ?? 0
    if (count >= most) return false
    hosts.set(host, count + 1)
    return true
  }
}
