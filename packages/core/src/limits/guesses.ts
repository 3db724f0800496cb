import { addressPrefix } from '../address.ts'
import type { ServerContext } from '../contract/context.ts'
import type { Presenter } from '../contract/visit.ts'
import { type Budget, giveBackBudgets, type Refusal, takeBudgets } from './budgets.ts'

/** Seconds over which presented codes are counted. */
const WINDOW = 3600

/** Three typos and the right code: an account with no more wrong ones than that is bound by no one else's. */
export const CLEAN_ATTEMPTS = 4

/** A presented code that was admitted, as long as it is not known to be right. */
export interface Guess {
  readonly taken: readonly Budget[]
}

/**
 * Counts one more presented code. An account with a clean record passes the spent budgets of its browser and address,
 * and has the second half of the server's to itself: whoever guesses cannot lock out those who have not.
 */
export async function takeGuess<Native>(
  presenter: Presenter,
  context: ServerContext<Native>,
): Promise<Guess | Refusal> {
  const clean = cleanBudgets(presenter, context)
  let refusal = await takeBudgets(clean, context)
  if (refusal === undefined) return { taken: clean }
  if (refusal.kind === 'user') {
    const others = guesserBudgets(presenter, context)
    refusal = await takeBudgets(others, context)
    if (refusal === undefined) return { taken: others }
  }
  const { subject, ip } = presenter
  context.events.emit('limited', { at: context.now(), limit: refusal.kind, subject, ip })
  return refusal
}

/** Takes a guess back that was none. */
export async function giveBackGuess<Native>({ taken }: Guess, context: ServerContext<Native>): Promise<void> {
  await giveBackBudgets(taken, context)
}

/** Counts the attempts of others as well, but only the user's own and the server's refuse anything. */
function cleanBudgets<Native>(presenter: Presenter, { options }: ServerContext<Native>): readonly Budget[] {
  const { userCodesPerUser, userCodes } = options.limits
  const unbound = Number.MAX_SAFE_INTEGER
  return budgets(presenter, {
    user: Math.min(CLEAN_ATTEMPTS, userCodesPerUser),
    browser: unbound,
    address: unbound,
    server: userCodes,
  })
}

function guesserBudgets<Native>(presenter: Presenter, { options }: ServerContext<Native>): readonly Budget[] {
  const { userCodesPerUser, userCodesPerBrowser, userCodesPerAddress, userCodes } = options.limits
  return budgets(presenter, {
    user: userCodesPerUser,
    browser: userCodesPerBrowser,
    address: userCodesPerAddress,
    server: Math.ceil(userCodes / 2),
  })
}

/** Attempts in a window, by what they are counted for. */
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
