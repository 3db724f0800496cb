import type { CountedAttempt } from '../contract/attempts.ts'
import type { ServerContext } from '../contract/context.ts'
import type { Presenter } from '../contract/visit.ts'
import { addressPrefix } from '../ip-address.ts'
import { type Budget, type Refusal, takeBudgets } from './budgets.ts'

/** Seconds over which presented codes are counted. */
const WINDOW = 3600

/**
 * Attempts of an account with a clean record: three typos and the right code. As long as an account has made no more,
 * the wrong codes of others do not limit it.
 */
export const CLEAN_ATTEMPTS = 4

/**
 * Counts one more presented code, or refuses it. `attempts.giveBack` undoes it: for a right code, and for one that could
 * not be looked up. An attacker who guesses codes must not lock out other users, so an
 * account with a clean record is not limited by its browser and address, and only such accounts may use the second half
 * of the server's budget.
 * @see {@link https://www.rfc-editor.org/rfc/rfc8628#section-5.1 RFC 8628 section 5.1}
 */
export async function takeGuess<Native>(
  presenter: Presenter,
  context: ServerContext<Native>,
): Promise<CountedAttempt | Refusal> {
  let guess = await takeBudgets(cleanBudgets(presenter, context), context.attempts)
  if ('kind' in guess && guess.kind === 'user') {
    guess = await takeBudgets(fullBudgets(presenter, context), context.attempts)
  }
  if (!('kind' in guess)) return guess
  const { subject, ip } = presenter
  context.events.emit('limited', { at: context.now(), limit: guess.kind, subject, ip })
  return guess
}

/** The budgets of an account with a clean record: attempts of browser and address are counted but not limited. */
function cleanBudgets<Native>(presenter: Presenter, { options }: ServerContext<Native>): readonly Budget[] {
  const { userCodesPerUser, userCodes } = options.limits
  const unlimited = Number.MAX_SAFE_INTEGER
  return budgets(presenter, {
    user: Math.min(CLEAN_ATTEMPTS, userCodesPerUser),
    browser: unlimited,
    address: unlimited,
    server: userCodes,
  })
}

/** The budgets of an account that has made more attempts than a clean record allows. */
function fullBudgets<Native>(presenter: Presenter, { options }: ServerContext<Native>): readonly Budget[] {
  const { userCodesPerUser, userCodesPerBrowser, userCodesPerAddress, userCodes } = options.limits
  return budgets(presenter, {
    user: userCodesPerUser,
    browser: userCodesPerBrowser,
    address: userCodesPerAddress,
    server: Math.ceil(userCodes / 2),
  })
}

/** Attempts in a window, by the kind of counter. */
type GuessBudgetLimits = Readonly<Record<'user' | 'browser' | 'address' | 'server', number>>

function budgets({ subject, browser, known, ip }: Presenter, limits: GuessBudgetLimits): readonly Budget[] {
  const budget = (kind: keyof GuessBudgetLimits, key: string): Budget => {
    return { key: `guess:${key}`, limit: limits[kind], window: WINDOW, kind }
  }
  return [
    budget('user', `user:${subject}`),
    ...(known ? [budget('browser', `browser:${browser}`)] : []),
    budget('address', `address:${addressPrefix(ip)}`),
    budget('server', 'server'),
  ]
}
