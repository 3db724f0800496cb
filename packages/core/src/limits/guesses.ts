import type { AttemptBudget, AttemptRefusal } from '../contract/attempts.ts'
import type { ServerContext } from '../contract/context.ts'
import type { Presenter } from '../contract/visit.ts'
import type { Awaitable } from '../http.ts'
import { type Budget, type Refusal, takeBudgets } from './budgets.ts'
import { placeCounters, sharedPart } from './reserves.ts'
import { type CountingWindow, windowAt } from './windows.ts'

/** Seconds over which presented codes are counted. */
const WINDOW = 3600

/**
 * Attempts of an account with a clean record: three typos and the right code. As long as an account has made no more,
 * the wrong codes of others do not limit it.
 */
export const CLEAN_ATTEMPTS = 4

/**
 * Counts one more presented code by `take`, or refuses it. `attempts.giveBack` undoes it: for a right code, and for one that
 * could not be looked up. An attacker who guesses codes must not lock out other users, so an
 * account with a clean record is not limited by its browser and address, and only such accounts may use more than the first
 * quarter of the server's budget.
 * @see {@link https://www.rfc-editor.org/rfc/rfc8628#section-5.1 RFC 8628 section 5.1}
 */
export async function takeGuess<Native, T extends object>(
  presenter: Presenter,
  context: ServerContext<Native>,
  take: (budgets: readonly AttemptBudget[]) => Awaitable<T | AttemptRefusal>,
): Promise<T | Refusal> {
  let guess = await takeBudgets(cleanBudgets(presenter, context), take)
  if ('kind' in guess && guess.kind === 'user') guess = await takeBudgets(fullBudgets(presenter, context), take)
  if (!('kind' in guess)) return guess
  const { subject, ip } = presenter
  context.events.emit('limited', { at: context.now(), limit: guess.kind, subject, ip })
  return guess
}

/** The key under which the wrong codes of a user are counted at this time. */
export function userGuessKey(subject: string, at: number): string {
  return guessKey('user', subject, windowAt(at, WINDOW))
}

/** The budgets of an account with a clean record: attempts of browser and address are counted but not limited. */
function cleanBudgets<Native>(presenter: Presenter, { options, now }: ServerContext<Native>): readonly Budget[] {
  const { userCodesPerUser, userCodes } = options.limits
  const limits = {
    user: Math.min(CLEAN_ATTEMPTS, userCodesPerUser),
    browser: Number.MAX_SAFE_INTEGER,
    address: Number.MAX_SAFE_INTEGER,
    server: userCodes,
  }
  return budgets(presenter, limits, now())
}

/** The budgets of an account that has made more attempts than a clean record allows. */
function fullBudgets<Native>(presenter: Presenter, { options, now }: ServerContext<Native>): readonly Budget[] {
  const { userCodesPerUser, userCodesPerBrowser, userCodesPerAddress, userCodes } = options.limits
  const limits = {
    user: userCodesPerUser,
    browser: userCodesPerBrowser,
    address: userCodesPerAddress,
    server: sharedPart(userCodes),
  }
  return budgets(presenter, limits, now())
}

/** Attempts in a window, by the kind of counter. */
type GuessBudgetLimits = Readonly<Record<'user' | 'browser' | 'address' | 'server', number>>

function budgets({ subject, browser, known, ip }: Presenter, limits: GuessBudgetLimits, at: number): readonly Budget[] {
  const window = windowAt(at, WINDOW)
  const budget = (kind: keyof GuessBudgetLimits, of: string): Budget => {
    return { key: guessKey(kind, of, window), limit: limits[kind], window: window.left, kind }
  }
  const places = placeCounters(ip).map(({ scope, key, factor }) => {
    const limit = Math.min(limits.address * factor, Number.MAX_SAFE_INTEGER)
    return { key: guessKey(scope, key, window), limit, window: window.left, kind: 'address' } as const
  })
  return [budget('user', subject), ...(known ? [budget('browser', browser)] : []), ...places, budget('server', 'all')]
}

function guessKey(kind: string, of: string, { number }: CountingWindow): string {
  return `guess:${kind}:${number}:${of}`
}
