import { addressPrefix, publicAddress } from '../address.ts'
import type { ServerContext } from '../context.ts'
import { OAuthError } from '../errors.ts'
import type { LimitKind } from '../events.ts'

const HOUR = 3600

interface Budget {
  readonly key: string
  readonly limit: number
  /** Seconds. */
  readonly window: number
  readonly kind: LimitKind
}

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
  if (publicAddress(ip) === undefined) return [byClient]
  const key = `pending:address:${addressPrefix(ip)}`
  return [{ key, limit: limits.pendingPerAddress, window: expiresIn, kind }, byClient]
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
  const { store, events, now } = context
  const budgets = [...requestBudgets(clientId, ip, context), ...pendingBudgets(clientId, ip, context)]
  for (const [index, { key, limit, window, kind }] of budgets.entries()) {
    const { allowed, retryAfter } = await store.takeAttempt(key, limit, window, now())
    if (allowed) continue
    for (const taken of budgets.slice(0, index)) await store.giveBackAttempt(taken.key, now())
    events.emit('limited', { at: now(), limit: kind, clientId, ip })
    const headers = { 'retry-after': String(retryAfter) }
    throw new OAuthError('temporarily_unavailable', 'Too many requests for codes; try again later.', {
      status: 429,
      headers,
    })
  }
}

/** A request that is decided waits no longer. What fails here does not undo the decision. */
export async function releasePending<Native>(
  { clientId, requester }: { readonly clientId: string; readonly requester?: { readonly ip?: string } | undefined },
  context: ServerContext<Native>,
): Promise<void> {
  try {
    for (const { key } of pendingBudgets(clientId, requester?.ip, context))
      await context.store.giveBackAttempt(key, context.now())
  } catch (error) {
    context.fail('giveBackAttempt', error, { endpoint: 'verification' })
  }
}

const approvalKey = (subject: string): string => `approve:user:${subject}`

/** Counts one more approval by a user; the seconds to wait when there were too many. */
export async function takeApproval<Native>(
  clientId: string,
  subject: string,
  ip: string | undefined,
  { store, events, options, now }: ServerContext<Native>,
): Promise<number | undefined> {
  const { allowed, retryAfter } = await store.takeAttempt(
    approvalKey(subject),
    options.limits.approvalsPerUser,
    HOUR,
    now(),
  )
  if (allowed) return undefined
  events.emit('limited', { at: now(), limit: 'approval', clientId, subject, ip })
  return retryAfter
}

/** An approval that came to nothing, such as a second click, does not count. */
export async function giveBackApproval<Native>(subject: string, { store, now }: ServerContext<Native>): Promise<void> {
  await store.giveBackAttempt(approvalKey(subject), now())
}
