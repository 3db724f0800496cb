import type { ServerContext } from '../contract/context.ts'

/** Seconds over which approvals are counted. */
const WINDOW = 3600

const keyOf = (subject: string): string => `approve:user:${subject}`

/** An approval that is about to be counted. */
export interface CountedApproval {
  readonly clientId: string
  readonly subject: string
  /** The address of the user's browser. */
  readonly ip: string | undefined
}

/**
 * Counts one more approval by a user. Returns the seconds to wait if `limits.approvalsPerUser` is reached, else
 * `undefined`.
 */
export async function takeApproval<Native>(
  { clientId, subject, ip }: CountedApproval,
  { store, events, options, now }: ServerContext<Native>,
): Promise<number | undefined> {
  const budget = { key: keyOf(subject), limit: options.limits.approvalsPerUser, window: WINDOW }
  const refusal = await store.takeAttempts([budget], now())
  if (refusal === undefined) return undefined
  events.emit('limited', { at: now(), limit: 'approval', clientId, subject, ip })
  return refusal.retryAfter
}

/** Gives an approval back that changed nothing, such as a second click on the button. */
export async function giveBackApproval<Native>(subject: string, { store, now }: ServerContext<Native>): Promise<void> {
  await store.giveBackAttempts([keyOf(subject)], now())
}
