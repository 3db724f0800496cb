import type { ServerContext } from '../contract/context.ts'
import type { DeviceCredential } from '../contract/store.ts'
import { giveBackGuess, type Presenter, takeGuess } from '../limits/guesses.ts'

/** What came of a code that a user presented. Unknown, expired, decided and somebody else's look the same. */
export type Presented =
  | {
      readonly outcome: 'found'
      readonly credential: DeviceCredential
      /** The bare characters. */
      readonly userCode: string
    }
  | { readonly outcome: 'unknown' }
  | { readonly outcome: 'limited' /** Seconds. */; readonly retryAfter: number }

/** How a code is looked up: without a trace, or to keep it. */
export type LookUp = <Native>(
  presenter: Presenter,
  userCode: string,
  context: ServerContext<Native>,
) => Promise<DeviceCredential | undefined>

/**
 * Looks up a code for a user within the budgets. An attempt is taken before the look-up and given back when the code is
 * right, so that parallel guesses cannot share one and nothing resets a budget.
 * @see {@link https://www.rfc-editor.org/rfc/rfc8628#section-5.1 RFC 8628 section 5.1}
 */
export async function presentCode<Native>(
  input: string,
  presenter: Presenter,
  lookUp: LookUp,
  context: ServerContext<Native>,
): Promise<Presented> {
  const attempt = await takeGuess(presenter, context)
  if ('retryAfter' in attempt) return { outcome: 'limited', retryAfter: attempt.retryAfter }
  const userCode = context.codes.normalise(input)
  const credential = userCode === undefined ? undefined : await lookUp(presenter, userCode, context)
  if (userCode === undefined || credential === undefined) {
    const { subject, ip } = presenter
    context.events.emit('codeNotFound', { at: context.now(), subject, ip })
    return { outcome: 'unknown' }
  }
  await giveBackGuess(attempt, context)
  return { outcome: 'found', credential, userCode }
}

/** Changes nothing. What is somebody else's is not found, and costs the same work. */
export const findCode: LookUp = async ({ subject, browser }, userCode, context) => {
  const credential = await context.store.findByUserCode(context.codes.hash(userCode), context.now())
  const { boundSubject, claimedBy, claimedIn } = credential ?? {}
  const foreign =
    boundSubject === undefined
      ? claimedBy !== undefined && claimedBy !== subject && claimedIn !== browser
      : boundSubject !== subject
  return foreign ? undefined : credential
}

/** Binds the code to who presents it; what was another user's in another browser is closed. */
export const claimCode: LookUp = async (presenter, userCode, context) => {
  const hash = context.codes.hash(userCode)
  const credential = await context.store.findByUserCode(hash, context.now())
  // what is not there is claimed all the same, under an id that nothing has: the same work for every wrong code
  const { id, clientId } = credential ?? { id: hash, clientId: '' }
  return (await claim(id, clientId, presenter, context)) === 'claimed' ? credential : undefined
}

/** Binds a request to who presents its code. A shared one is closed, with an event; it still counts as pending. */
export async function claim<Native>(
  grantId: string,
  clientId: string,
  { subject, browser, ip }: Presenter,
  { store, events, now }: ServerContext<Native>,
): Promise<'claimed' | 'shared' | 'unknown'> {
  const result = await store.claim(grantId, { subject, browser }, now())
  if (result === 'shared') events.emit('codeShared', { at: now(), grantId, clientId, subject, ip })
  return result
}
