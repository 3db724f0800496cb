/** The odds that an hour of guesses at the full budget hits a given code. */
export const GIVEN_CODE_ODDS = 2 ** -20

/** The odds that an hour of guesses at the full budget hits any live code: once in a thousand such hours. */
export const ANY_CODE_ODDS = 2 ** -10

/** Honest typos alone would use up less. */
const fewest = 100
const most = 1_000_000

/** What the odds depend on. */
export interface GuessLimits {
  /** Wrong codes an hour over the whole server. */
  readonly userCodes: number
  /** Live codes over the whole server. */
  readonly pending: number
}

/**
 * As many guesses and live codes as the odds allow, for this many codes there are; four live codes for each guess an
 * hour, because typos are rarer than sign-ins. What is given stays, and the other makes room for it.
 * @see {@link https://www.rfc-editor.org/rfc/rfc8628#section-5.1 RFC 8628 section 5.1}
 */
export function guessLimits(count: number, given: Partial<GuessLimits> = {}): GuessLimits {
  const product = count * ANY_CODE_ODDS
  const pending =
    given.pending ?? bounded(given.userCodes === undefined ? Math.sqrt(4 * product) : product / given.userCodes)
  const userCodes = given.userCodes ?? bounded(Math.min(product / pending, count * GIVEN_CODE_ODDS))
  return { userCodes, pending }
}

function bounded(limit: number): number {
  return Math.min(Math.max(Math.floor(limit), fewest), most)
}
