import { expect, it } from 'vitest'
import { instant, timeLeft } from '../../src/terminal/time.ts'

it('timeLeft: minutes and seconds, hours where needed, never below 0', () => {
  expect([600_000, 59_400, 3_600_000, -5].map((at) => timeLeft(at, 0))).toEqual(['10:00', '0:59', '1:00:00', '0:00'])
})

it('instant: ISO 8601, or undefined', () => {
  expect([instant(0), instant(undefined)]).toEqual(['1970-01-01T00:00:00.000Z', undefined])
})
