import type { ServerContext } from '../contract/context.ts'
import { OAuthError } from '../errors.ts'
import { addressPrefix, publicAddress } from '../ip-address.ts'
import { type Budget, giveBackBudgets, takeBudgets } from './budgets.ts'

/** Seconds over which requests are counted. Pending requests are counted for as long as a code lives. */
const WINDOW = 3600

/**
 * The budgets of the requests that wait for the user's decision. A private address has no budget of its own, because it
 * is that of a proxy in front of many devices.
 */
function pendingBudgets<Native>(
  clientId: string,
  ip: string | undefined,
  { options: { limits, expiresIn } }: ServerContext<Native>,
): readonly Budget[] {
  const [window, kind] = [expiresIn, 'pending'] as const
  const byClient = { key: `pending:client:${clientId}`, limit: limits.pendingPerClient, window, kind }
  const byServer = { key: 'pending:server', limit: limits.pending, window, kind }
  if (publicAddress(ip) === undefined) return [byClient, byServer]
  const byAddress = { key: `pending:address:${addressPrefix(ip)}`, limit: limits.pendingPerAddress, window, kind }
  return [byAddress, byClient, byServer]
}

/** The budgets of all requests, decided or not. */
function requestBudgets<Native>(
  clientId: string,
  ip: string | undefined,
  { options: { limits } }: ServerContext<Native>,
): readonly Budget[] {
  const [window, kind] = [WINDOW, 'request'] as const
  const byClient = { key: `request:client:${clientId}`, limit: limits.requestsPerClient, window, kind }
  if (publicAddress(ip) === undefined) return [byClient]
  const byAddress = { key: `request:address:${addressPrefix(ip)}`, limit: limits.requestsPerAddress, window, kind }
  return [byAddress, byClient]
}

/**
 * Counts one more device authorization request, by address, by client and over the whole server.
 * @throws {OAuthError} `temporarily_unavailable` with status 429 and `Retry-After` if a budget is spent. A refused
 * request is not counted.
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

/** Takes a decided request out of the pending ones. If this fails, the decision still holds, so it never rejects. */
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
