/** Highest odds that one hour of guesses, at the full budget, finds one given code. */
export const GIVEN_CODE_ODDS = 2 ** -20

/** Highest odds that one hour of guesses, at the full budget, finds any live code: once in a thousand such hours. */
export const ANY_CODE_ODDS = 2 ** -10

/** A lower limit would be used up by honest typos alone. */
const MIN_LIMIT = 100
const MAX_LIMIT = 1_000_000

/** The two limits on which the odds depend. */
export interface GuessLimits {
  /** Wrong user codes in an hour, over the whole server. */
  readonly userCodes: number
  /** Live user codes at one time, over the whole server. */
  readonly pending: number
}

/**
 * The highest limits that keep the odds, with as many wrong codes an hour as live codes: so many that a thousand accounts
 * cannot use them up while each has a clean record. A limit in `given` stays as it is, and the other one follows from it.
 * @param count The number of possible user codes.
 * @see {@link https://www.rfc-editor.org/rfc/rfc8628#section-5.1 RFC 8628 section 5.1}
 */
export function guessLimits(count: number, given: Partial<GuessLimits> = {}): GuessLimits {
  const product = count * ANY_CODE_ODDS
  const pending =
    given.pending ?? bounded(given.userCodes === undefined ? Math.sqrt(product) : product / given.userCodes)
  const userCodes = given.userCodes ?? bounded(Math.min(product / pending, count * GIVEN_CODE_ODDS))
  return { userCodes, pending }
}

function bounded(limit: number): number {
  return Math.min(Math.max(Math.floor(limit), MIN_LIMIT), MAX_LIMIT)
}
