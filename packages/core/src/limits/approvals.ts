import type { ServerContext } from '../contract/context.ts'
import type { UserVisit } from '../contract/visit.ts'

/** Seconds over which approvals are counted. */
const WINDOW = 3600

const keyOf = (subject: string): string => `approve:user:${subject}`

/**
 * Counts one more approval by the user. Returns the seconds to wait if `limits.approvalsPerUser` is reached, else
 * `undefined`.
 */
export async function takeApproval<Native>(
  clientId: string,
  { user: { subject }, request: { ip }, context: { store, events, options, now } }: UserVisit<Native>,
): Promise<number | undefined> {
  const budget = { key: keyOf(subject), limit: options.limits.approvalsPerUser, window: WINDOW }
  const refusal = await store.takeAttempts([budget], now())
  if (refusal === undefined) return undefined
  events.emit('limited', { at: now(), limit: 'approval', clientId, subject, ip })
  return refusal.retryAfter
}

/** Undoes `takeApproval` for an approval that changed nothing, such as a second click on the button. */
export async function giveBackApproval<Native>(subject: string, { store, now }: ServerContext<Native>): Promise<void> {
  await store.giveBackAttempts([keyOf(subject)], now())
}
