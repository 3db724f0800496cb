// Runs servers side by side. V8 compiles each process a little differently, which changes the cost by a tenth, so each server
// is started several times. In each round all of them take their turn, in an order that a seed decides: no server always
// follows the same one, and what else the machine does hits all of them.

import { startLoad, startServer } from './processes.js'

export const quantile = (values, share) => values.toSorted((a, b) => a - b)[Math.floor((values.length - 1) * share)]
export const median = (values) => quantile(values, 0.5)
const mean = (values) => values.reduce((sum, one) => sum + one, 0) / values.length

/** Random numbers from 0 to 1 that a seed repeats (mulberry32). */
export function seededRandom(seed) {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

function shuffled(list, random) {
  const order = [...list]
  for (let i = order.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1))
    ;[order[i], order[j]] = [order[j], order[i]]
  }
  return order
}

/**
 * Measures each server in every round.
 *
 * @param measure - Measures one server once: `{ figure: microseconds }`. The first time is not counted.
 * @returns For each server and figure one value a start, the mean of its rounds: `{ [name]: { [figure]: [values] } }`.
 */
export async function interleave({ servers, codes, starts, rounds, seed, progress }, measure) {
  const random = seededRandom(seed)
  const load = await startLoad()
  const results = Object.fromEntries(servers.map(({ name }) => [name, {}]))
  for (let fresh = 1; fresh <= starts; fresh++) {
    const running = []
    for (const server of servers) running.push(await startServer(server, codes, load))
    const found = new Map(running.map((server) => [server, []]))
    for (let round = 0; round <= rounds; round++) {
      for (const server of shuffled(running, random)) {
        progress(`start ${fresh} of ${starts}, round ${round} of ${rounds}, ${server.name}`)
        const figures = await measure(server)
        if (round > 0) found.get(server).push(figures)
      }
    }
    for (const [{ name, child }, figures] of found) {
      for (const figure of Object.keys(figures[0])) {
        results[name][figure] ??= []
        results[name][figure].push(mean(figures.map((one) => one[figure])))
      }
      child.disconnect()
    }
  }
  load.disconnect()
  return results
}

/** The ratio of the medians of two servers, and the middle half of the ratios of single starts. */
export function ratioOf(ours, theirs) {
  const single = ours.map((value, index) => value / theirs[index])
  return { ratio: median(ours) / median(theirs), from: quantile(single, 0.25), to: quantile(single, 0.75) }
}
