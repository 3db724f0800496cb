import type { AttemptBudget, AttemptRefusal, CountedAttempt } from '../contract/attempts.ts'
import type { Claimant, DeviceCredential } from '../contract/store.ts'
import type { Presenter, PresenterVisit } from '../contract/visit.ts'
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

/** A counted attempt, and the credential that its code has found. */
interface Guess {
  readonly attempt: CountedAttempt
  readonly credential?: DeviceCredential | undefined
}

/** Counts an attempt in the budgets and then looks up a canonical user code, with or without binding the request to the visitor. */
export type LookUp = <Native>(
  userCode: string,
  budgets: readonly AttemptBudget[],
  visit: PresenterVisit<Native>,
) => Promise<Guess | AttemptRefusal>

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
  const userCode = context.codes.normalize(input)
  const guess = await takeGuess(presenter, context, (budgets) =>
    userCode === undefined ? countOnly(budgets, visit) : lookUp(userCode, budgets, visit),
  )
  if ('retryAfter' in guess) return { outcome: 'limited', retryAfter: guess.retryAfter }
  const { attempt, credential } = guess
  if (userCode === undefined || credential === undefined) {
    const { subject, ip } = presenter
    context.events.emit('codeNotFound', { at: context.now(), subject, ip })
    return { outcome: 'unknown' }
  }
  await context.attempts.giveBack(attempt)
  return { outcome: 'found', credential, userCode }
}

/** Counts a text that cannot be a user code. */
async function countOnly<Native>(
  budgets: readonly AttemptBudget[],
  { context }: PresenterVisit<Native>,
): Promise<Guess | AttemptRefusal> {
  const attempt = await context.attempts.take(budgets)
  return 'retryAfter' in attempt ? attempt : { attempt }
}

/** Finds the request behind a code and changes nothing. A code that is bound to somebody else is not found. */
export const findCode: LookUp = async (userCode, budgets, visit) => {
  const { attempts } = visit.context
  const attempt = await attempts.take(budgets)
  if ('retryAfter' in attempt) return attempt
  try {
    const credential = await findUndecided(userCode, visit.context)
    return { attempt, credential: credential && isForeign(credential, visit) ? undefined : credential }
  } catch (error) {
    // a code whose look-up fails is no guess: nobody has learned anything of it
    await attempts.giveBack(attempt)
    throw error
  }
}

/** Finds the request behind a code and binds it to the visitor. If another user in another browser has claimed it, it is closed. */
export const claimCode: LookUp = async (userCode, budgets, visit) => {
  const { presenter, context } = visit
  const { attempts, codes, store } = context
  const counted = await attempts.takeWith(budgets, (all) =>
    store.claimByUserCode(codes.hashes(userCode), claimantOf(presenter), all, context.now()),
  )
  if (!('attempt' in counted)) return counted
  const { attempt, result: claim } = counted
  if (claim.result === 'shared') emitShared(claim.credential, visit)
  return { attempt, credential: claim.result === 'claimed' ? claim.credential : undefined }
}

/** Reads the request that a page was made for, if this visitor can still answer it. */
export async function findUnanswered<Native>(
  id: string,
  visit: PresenterVisit<Native>,
): Promise<DeviceCredential | undefined> {
  const { store, now } = visit.context
  const credential = await store.findDeviceCredential(id, now())
  if (credential === undefined || credential.userGrant !== undefined || credential.ended === true) return undefined
  return now() >= credential.expiresAt || isForeign(credential, visit) ? undefined : credential
}

/** Reads a request and binds it to the visitor, at the same time. A shared request is closed, with an event, and not returned. */
export async function findAndClaim<Native>(
  id: string,
  visit: PresenterVisit<Native>,
): Promise<DeviceCredential | undefined> {
  const { store, now } = visit.context
  const [credential, result] = await Promise.all([
    store.findDeviceCredential(id, now()),
    store.claim(id, claimantOf(visit.presenter), now()),
  ])
  if (credential === undefined || result !== 'shared') return credential
  emitShared(credential, visit)
  return undefined
}

function claimantOf({ subject, browser }: Presenter): Claimant {
  return { subject, browser }
}

/** True if the request is bound to somebody else, or was claimed by another user in another browser. */
function isForeign<Native>(
  { boundSubject, claimedBy, claimedIn }: DeviceCredential,
  { presenter: { subject, browser } }: PresenterVisit<Native>,
): boolean {
  if (boundSubject !== undefined) return boundSubject !== subject
  return claimedBy !== undefined && claimedBy !== subject && claimedIn !== browser
}

/** Tells of a request that was closed because its code was shared. It still counts as pending. */
function emitShared<Native>(
  { id: grantId, clientId }: DeviceCredential,
  { presenter: { subject, ip }, context: { events, now } }: PresenterVisit<Native>,
): void {
  events.emit('codeShared', { at: now(), grantId, clientId, subject, ip })
}
