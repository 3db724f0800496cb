/** A small generator with a seed (mulberry32), so that a failed test can be repeated. Not for secrets. */
export interface Random {
  /** A whole number from 0 to the bound, without the bound. */
  below(bound: number): number
  /** One of these values. */
  pick<T>(from: readonly [T, ...T[]]): T
}

/** A generator that begins with this seed. */
export function seededRandom(seed: number): Random {
  let state = seed | 0
  const below = (bound: number): number => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296) * bound)
  }
  return { below, pick: (from) => from[below(from.length)] ?? from[0] }
}
