import type { CountedAttempt } from '../contract/attempts.ts'
import type { DeviceCredential } from '../contract/store.ts'
import type { PresenterVisit } from '../contract/visit.ts'
import { takeGuess } from '../limits/guesses.ts'
import { findUndecided } from './find-by-code.ts'

/**
 * The result of presenting a user code. A code that is unknown, expired, decided or bound to somebody else is `unknown`,
 * so that a guess learns nothing.
 */
export type Presented =
  | {
      readonly outcome: 'found'
      readonly credential: DeviceCredential
      /** The canonical code: its characters without separators. */
      readonly userCode: string
    }
  | { readonly outcome: 'unknown' }
  | { readonly outcome: 'limited' /** Seconds. */; readonly retryAfter: number }

/** Looks up a canonical user code, with or without binding the request to the visitor. */
export type LookUp = <Native>(userCode: string, visit: PresenterVisit<Native>) => Promise<DeviceCredential | undefined>

/**
 * Looks up a code for a user within the guess budgets. The attempt is counted before the look-up, and given back if the code
 * is right or the look-up fails. So parallel guesses cannot share one attempt, and a right code resets no budget.
 * @see {@link https://www.rfc-editor.org/rfc/rfc8628#section-5.1 RFC 8628 section 5.1}
 */
export async function presentCode<Native>(
  input: string,
  lookUp: LookUp,
  visit: PresenterVisit<Native>,
): Promise<Presented> {
  const { presenter, context } = visit
  const attempt = await takeGuess(presenter, context)
  if ('retryAfter' in attempt) return { outcome: 'limited', retryAfter: attempt.retryAfter }
  const userCode = context.codes.normalize(input)
  const credential = userCode === undefined ? undefined : await lookUpOrGiveBack(attempt, userCode, lookUp, visit)
  if (userCode === undefined || credential === undefined) {
    const { subject, ip } = presenter
    context.events.emit('codeNotFound', { at: context.now(), subject, ip })
    return { outcome: 'unknown' }
  }
  await context.attempts.giveBack(attempt)
  return { outcome: 'found', credential, userCode }
}

/** Looks up a code. A code whose look-up fails is no guess: nobody has learned anything of it. */
async function lookUpOrGiveBack<Native>(
  attempt: CountedAttempt,
  userCode: string,
  lookUp: LookUp,
  visit: PresenterVisit<Native>,
): Promise<DeviceCredential | undefined> {
  try {
    return await lookUp(userCode, visit)
  } catch (error) {
    await visit.context.attempts.giveBack(attempt)
    throw error
  }
}

/** Finds the request behind a code and changes nothing. A code that is bound to somebody else is not found. */
export const findCode: LookUp = async (userCode, { presenter, context }) => {
  const { subject, browser } = presenter
  const credential = await findUndecided(userCode, context)
  const { boundSubject, claimedBy, claimedIn } = credential ?? {}
  const foreign =
    boundSubject === undefined
      ? claimedBy !== undefined && claimedBy !== subject && claimedIn !== browser
      : boundSubject !== subject
  return foreign ? undefined : credential
}

/** Finds the request behind a code and binds it to the visitor. If another user in another browser has claimed it, it is closed. */
export const claimCode: LookUp = async (userCode, visit) => {
  const { context } = visit
  const credential = await findUndecided(userCode, context)
  // an unknown code is claimed too, under an id that nothing has, so that every wrong code costs the same work
  const { id, clientId } = credential ?? { id: context.codes.hash(userCode), clientId: '' }
  return (await claim({ id, clientId }, visit)) === 'claimed' ? credential : undefined
}

/** Binds a request to the visitor. A shared request is closed, with an event; it still counts as pending. */
export async function claim<Native>(
  { id: grantId, clientId }: Pick<DeviceCredential, 'id' | 'clientId'>,
  { presenter: { subject, browser, ip }, context: { store, events, now } }: PresenterVisit<Native>,
): Promise<'claimed' | 'shared' | 'unknown'> {
  const result = await store.claim(grantId, { subject, browser }, now())
  if (result === 'shared') events.emit('codeShared', { at: now(), grantId, clientId, subject, ip })
  return result
}
