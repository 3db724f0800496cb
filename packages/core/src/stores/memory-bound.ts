import type { MemoryStoreOptions } from './memory.ts'

const defaultBound = 100_000
/** V8 cannot make a Map larger than that. */
const largestBound = 2 ** 24

/** A bound of a `MemoryStore`, or the default. */
export function bound(name: keyof MemoryStoreOptions, value: number = defaultBound): number {
  if (Number.isInteger(value) && value >= 1 && value <= largestBound) return value
  throw new RangeError(
    `MemoryStore: ${name} must be a whole number from 1 to ${largestBound}, but is ${String(value)}.`,
  )
}
