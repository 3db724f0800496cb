import { addressPrefix, publicAddress } from '../address.ts'
import type { ServerContext } from '../contract/context.ts'
import type { UserVisit } from '../contract/visit.ts'
import { OAuthError } from '../errors.ts'
import { type Budget, giveBackBudgets, takeBudgets } from './budgets.ts'

const HOUR = 3600

/** The counters of what waits for a decision; a private address is a proxy's, or as good as none. */
function pendingBudgets<Native>(
  clientId: string,
  ip: string | undefined,
  { options: { limits, expiresIn } }: ServerContext<Native>,
): readonly Budget[] {
  const kind = 'pending'
  const byClient = {
    key: `pending:client:${clientId}`,
    limit: limits.pendingPerClient,
    window: expiresIn,
    kind,
  } as const
  const byServer = { key: 'pending:server', limit: limits.pending, window: expiresIn, kind } as const
  if (publicAddress(ip) === undefined) return [byClient, byServer]
  const key = `pending:address:${addressPrefix(ip)}`
  return [{ key, limit: limits.pendingPerAddress, window: expiresIn, kind }, byClient, byServer]
}

function requestBudgets<Native>(
  clientId: string,
  ip: string | undefined,
  { options: { limits } }: ServerContext<Native>,
): readonly Budget[] {
  const [window, kind] = [HOUR, 'request'] as const
  const byClient = { key: `request:client:${clientId}`, limit: limits.requestsPerClient, window, kind }
  if (publicAddress(ip) === undefined) return [byClient]
  return [{ key: `request:address:${addressPrefix(ip)}`, limit: limits.requestsPerAddress, window, kind }, byClient]
}

/**
 * Counts one more request for codes, by address and by client.
 * @throws {OAuthError} `temporarily_unavailable` with status 429 and `Retry-After`; then nothing is counted.
 */
export async function takeRequest<Native>(
  clientId: string,
  ip: string | undefined,
  context: ServerContext<Native>,
): Promise<void> {
  const budgets = [...requestBudgets(clientId, ip, context), ...pendingBudgets(clientId, ip, context)]
  const refusal = await takeBudgets(budgets, context)
  if (refusal === undefined) return
  context.events.emit('limited', { at: context.now(), limit: refusal.kind, clientId, ip })
  throw new OAuthError('temporarily_unavailable', 'Too many requests for codes; try again later.', {
    status: 429,
    headers: { 'retry-after': String(refusal.retryAfter) },
  })
}

/** A request that is decided waits no longer. What fails here does not undo the decision. */
export async function releasePending<Native>(
  { clientId, requester }: { readonly clientId: string; readonly requester?: { readonly ip?: string } | undefined },
  context: ServerContext<Native>,
): Promise<void> {
  try {
    await giveBackBudgets(pendingBudgets(clientId, requester?.ip, context), context)
  } catch (error) {
    context.fail('giveBackAttempts', error, { endpoint: 'verification' })
  }
}

const approvalKey = (subject: string): string => `approve:user:${subject}`

/** Counts one more approval by a user; the seconds to wait when there were too many. */
export async function takeApproval<Native>(
  clientId: string,
  { user: { subject }, request: { ip }, context: { store, events, options, now } }: UserVisit<Native>,
): Promise<number | undefined> {
  const budget = { key: approvalKey(subject), limit: options.limits.approvalsPerUser, window: HOUR }
  const refusal = await store.takeAttempts([budget], now())
  if (refusal === undefined) return undefined
  events.emit('limited', { at: now(), limit: 'approval', clientId, subject, ip })
  return refusal.retryAfter
}

/** An approval that came to nothing, such as a second click, does not count. */
export async function giveBackApproval<Native>(subject: string, { store, now }: ServerContext<Native>): Promise<void> {
  await store.giveBackAttempts([approvalKey(subject)], now())
}
