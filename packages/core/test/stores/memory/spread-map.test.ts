import { describe, expect, test } from 'vitest'
import { SpreadMap } from '../../../src/stores/memory/spread-map.ts'

/** More keys than one map has. */
const keys = ['', 'a', 'é', 'ab', ...Array.from({ length: 10_000 }, (_, index) => `user-${index}`)]

function filled(): SpreadMap<string> {
  const map = new SpreadMap<string>()
  for (const key of keys) map.set(key, key)
  return map
}

describe('SpreadMap', () => {
  test('keeps, replaces and deletes as a Map does, keys of any length too', () => {
    const [spread, map] = [new SpreadMap<string>(), new Map<string, string>()]
    const expectSame = (): void => {
      expect(spread.size).toBe(map.size)
      expect(keys.filter((key) => spread.get(key) !== map.get(key))).toEqual([])
      expect([...spread.values()].sort()).toEqual([...map.values()].sort())
    }
    for (const value of ['old', 'new']) {
      for (const key of keys) {
        spread.set(key, value + key)
        map.set(key, value + key)
      }
      expectSame()
    }
    for (const key of [...keys.slice(0, 5_000), 'unknown']) expect(spread.delete(key)).toBe(map.delete(key))
    expectSame()
  })

  test('lets entries be deleted while its values are read', () => {
    const map = filled()
    for (const value of map.values()) map.delete(value)
    expect(map.size).toBe(0)
  })

  test('a walk finds all values, again and again, and none that was deleted or is of the time before the map was spread', () => {
    const map = new SpreadMap<string>()
    const next = map.walk()
    map.set('first', 'first')
    expect(next()).toBe('first')
    for (const key of keys) map.set(key, key)
    for (const key of ['first', ...keys.slice(0, 9_000)]) map.delete(key)
    const round = (): string[] => Array.from({ length: 1_100 }, next).filter((value) => value !== undefined)
    const left = keys.slice(9_000)
    for (let times = 0; times < 2; times++) expect(new Set(round())).toEqual(new Set(left))
  })
})
