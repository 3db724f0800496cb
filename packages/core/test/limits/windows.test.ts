import { expect, it } from 'vitest'
import { windowAt } from '../../src/limits/windows.ts'

it.each([
  [0, { number: 0, left: 3600 }],
  [1, { number: 0, left: 3600 }],
  [1_000, { number: 0, left: 3599 }],
  [3_599_999, { number: 0, left: 1 }],
  [3_600_000, { number: 1, left: 3600 }],
])('F-33 the hour that %i ms is in, and the seconds that are left of it', (at, expected) => {
  expect(windowAt(at, 3600)).toEqual(expected)
})
