/** Random numbers that a seed decides, so that a history can be run again. */
export interface Random {
  /** A number from 0 to 1, without 1. */
  next(): number
  /** A whole number from `least` to `most`, both included. */
  between(least: number, most: number): number
  pick<T>(from: readonly T[]): T
  /** True in this share of the calls: 0.2 is every fifth. */
  chance(share: number): boolean
}

/** Begins with this seed (mulberry32). Not for secrets. */
export function seededRandom(seed: number): Random {
  let state = seed | 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
  const between = (least: number, most: number): number => least + Math.floor(next() * (most - least + 1))
  const pick = <T>(from: readonly T[]): T => {
    if (from.length === 0) throw new RangeError('There is nothing to pick from.')
    return from[between(0, from.length - 1)] as T
  }
  return { next, between, pick, chance: (share) => next() < share }
}
