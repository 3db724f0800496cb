import type { AttemptRefusal, CountedAttempt } from '../contract/attempts.ts'
import type { UserVisit } from '../contract/visit.ts'

/** Seconds over which approvals are counted. */
const WINDOW = 3600

/**
 * Counts one more approval by the user, which `attempts.giveBack` undoes if it changes nothing. Returns a refusal if
 * `limits.approvalsPerUser` is reached.
 */
export async function takeApproval<Native>(
  clientId: string,
  { user: { subject }, request: { ip }, context: { attempts, events, options, now } }: UserVisit<Native>,
): Promise<CountedAttempt | AttemptRefusal> {
  const budget = { key: approvalKey(subject), limit: options.limits.approvalsPerUser, window: WINDOW }
  const attempt = await attempts.take([budget])
  if ('retryAfter' in attempt) events.emit('limited', { at: now(), limit: 'approval', clientId, subject, ip })
  return attempt
}

/** The key under which the approvals of a user are counted. */
export function approvalKey(subject: string): string {
  return `approve:user:${subject}`
}
