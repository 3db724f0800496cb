/** A power of two. V8 copies one of eight maps in a millisecond, with a hundred thousand entries in all of them; to find an entry among more maps costs more. */
const PARTS = 8

/** Entries from which the map is spread: so few that they are moved within a millisecond. */
const SPREAD_FROM = 8192

/**
 * A map that is spread over several when it is large. When a `Map` has grown, or has lost many entries, V8 copies all of it at once: with a
 * hundred thousand entries the process would answer nobody for many milliseconds.
 */
export class SpreadMap<Value> {
  #parts: readonly Map<string, Value>[] = [new Map()]
  #size = 0

  get size(): number {
    return this.#size
  }

  get(key: string): Value | undefined {
    return partOf(this.#parts, key).get(key)
  }

  set(key: string, value: Value): void {
    const part = partOf(this.#parts, key)
    const before = part.size
    part.set(key, value)
    this.#size += part.size - before
    if (this.#size > SPREAD_FROM && part.size === this.#size) this.#parts = spread(part)
  }

  delete(key: string): boolean {
    const deleted = partOf(this.#parts, key).delete(key)
    if (deleted) this.#size--
    return deleted
  }

  /** All values. The order is that in which they came only while there are few. Entries may be deleted meanwhile. */
  *values(): Generator<Value, undefined> {
    for (const part of this.#parts) yield* part.values()
  }

  /**
   * Makes a function that walks over all values, round and round. Each call is one short step: it returns `undefined` where it goes from one
   * of the maps on to the next.
   */
  walk(): () => Value | undefined {
    let index = 0
    let values: Iterator<Value> | undefined
    return () => {
      values ??= this.#parts[index]?.values()
      const next = values?.next()
      if (next?.done === false) return next.value
      values = undefined
      index = index + 1 < this.#parts.length ? index + 1 : 0
      return undefined
    }
  }
}

/** Moves the entries of a map into several. */
function spread<Value>(map: Map<string, Value>): readonly Map<string, Value>[] {
  const maps = Array.from({ length: PARTS }, () => new Map<string, Value>())
  for (const [key, value] of map) partOf(maps, key).set(key, value)
  // so that nobody who is reading its values finds one that is deleted by then
  map.clear()
  return maps
}

/** The number of maps is a power of two. The last two characters are random in a hash, and differ most in a name with a number. */
function partOf<Value>(maps: readonly Map<string, Value>[], key: string): Map<string, Value> {
  const last = key.length - 1
  const index = (key.charCodeAt(last - 1) * 7 + key.charCodeAt(last)) & (maps.length - 1)
  return maps[index] as Map<string, Value>
}
