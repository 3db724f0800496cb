import { addressPrefix } from '../address.ts'
import type { ServerContext } from '../context.ts'
import type { Claimant } from '../stores/store.ts'
import { type Budget, giveBackBudgets, type Refusal, takeBudgets } from './budgets.ts'

/** Seconds over which presented codes are counted. */
const WINDOW = 3600

/** Three typos and the right code: an account with no more wrong ones than that is bound by no one else's. */
export const CLEAN_ATTEMPTS = 4

/** Who presents a code, and where. */
export interface Presenter extends Claimant {
  /** Whether the browser had its cookie; a new one has no budget yet. */
  readonly known: boolean
  readonly ip: string | undefined
}

/** A presented code that was admitted, as long as it is not known to be right. */
export interface Guess {
  readonly taken: readonly Budget[]
}

/**
 * Counts one more presented code. An account with a clean record passes its address's spent budget, and has the second
 * half of the server's to itself: whoever guesses cannot lock out those who have not.
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

function cleanBudgets<Native>(presenter: Presenter, context: ServerContext<Native>): readonly Budget[] {
  const { userCodesPerUser, userCodes } = context.options.limits
  return [
    ...ownBudgets(presenter, Math.min(CLEAN_ATTEMPTS, userCodesPerUser), context),
    // counted, but never refused here
    addressBudget(presenter, Number.MAX_SAFE_INTEGER),
    serverBudget(userCodes),
  ]
}

function guesserBudgets<Native>(presenter: Presenter, context: ServerContext<Native>): readonly Budget[] {
  const { userCodesPerUser, userCodesPerAddress, userCodes } = context.options.limits
  return [
    ...ownBudgets(presenter, userCodesPerUser, context),
    addressBudget(presenter, userCodesPerAddress),
    serverBudget(Math.ceil(userCodes / 2)),
  ]
}

function ownBudgets<Native>(
  { subject, browser, known }: Presenter,
  userLimit: number,
  { options: { limits } }: ServerContext<Native>,
): readonly Budget[] {
  const session = `guess:session:${browser}`
  return [
    ...(known ? [{ key: session, limit: limits.userCodesPerSession, window: WINDOW, kind: 'session' } as const] : []),
    { key: `guess:user:${subject}`, limit: userLimit, window: WINDOW, kind: 'user' },
  ]
}

function addressBudget({ ip }: Presenter, limit: number): Budget {
  return { key: `guess:address:${addressPrefix(ip)}`, limit, window: WINDOW, kind: 'address' }
}

function serverBudget(limit: number): Budget {
  return { key: 'guess:server', limit, window: WINDOW, kind: 'server' }
}
