import { describe, expect, it } from 'vitest'
import { ANY_CODE_ODDS, GIVEN_CODE_ODDS, guessLimits } from '../../src/limits/guess-odds.ts'

const string = 20 ** 8
const digital = 10 ** 9

describe('the limits of wrong codes and live codes', () => {
  it('8628-5.1-2 follow from the number of possible codes', () => {
    expect(guessLimits(string)).toEqual({ userCodes: 5_000, pending: 5_000 })
    expect(guessLimits(digital)).toEqual({ userCodes: 953, pending: 988 })
    expect(guessLimits(20 ** 10)).toEqual({ userCodes: 100_000, pending: 100_000 })
  })

  it.each([string, digital, 20 ** 9, 23 ** 10, 10 ** 12, 32 ** 8])(
    '8628-5.1-2 keep the odds for %i possible codes',
    (count) => {
      const { userCodes, pending } = guessLimits(count)
      expect(userCodes / count).toBeLessThanOrEqual(GIVEN_CODE_ODDS)
      expect((userCodes * pending) / count).toBeLessThanOrEqual(ANY_CODE_ODDS)
      expect(userCodes).toBeGreaterThan(pending / 5)
    },
  )

  it('a given limit stays, and the other one follows from it', () => {
    expect(guessLimits(string, { pending: 50_000 })).toEqual({ userCodes: 500, pending: 50_000 })
    expect(guessLimits(string, { userCodes: 500 })).toEqual({ userCodes: 500, pending: 50_000 })
    expect(guessLimits(string, { userCodes: 7, pending: 9 })).toEqual({ userCodes: 7, pending: 9 })
    expect(guessLimits(string, { userCodes: 1 })).toEqual({ userCodes: 1, pending: 1_000_000 })
  })

  it('have a minimum, so that honest typos cannot use them up; codes that then miss the odds are refused by the option check', () => {
    expect(guessLimits(10 ** 6)).toEqual({ userCodes: 100, pending: 100 })
    expect(guessLimits(string, { pending: 1_000_000 }).userCodes).toBe(100)
  })
})
