import type { CountedAttempt } from '../contract/attempts.ts'
import type { ServerContext } from '../contract/context.ts'
import type { DeviceCredential } from '../contract/store.ts'
import { OAuthError } from '../errors.ts'
import { addressPrefix, publicAddress } from '../ip-address.ts'
import type { Budget } from './budgets.ts'

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

/** A request that waits, or is about to wait, for the user's decision. */
interface PendingRequest {
  /** The id of the credential. */
  readonly id: string
  readonly clientId: string
  readonly ip: string | undefined
}

/** The key under which this one request is counted: it makes sure that the request is taken out once. */
function ownKey({ id }: Pick<PendingRequest, 'id'>): string {
  return `pending:${id}`
}

/**
 * Counts one more device authorization request, by address, by client and over the whole server. `attempts.giveBack` undoes
 * it, if no codes are given out.
 * @returns `undefined` if a request of this id was counted before.
 * @throws {OAuthError} `temporarily_unavailable` with status 429 and `Retry-After` if a budget is spent. A refused
 * request is not counted.
 */
export async function takeRequest<Native>(
  request: PendingRequest,
  context: ServerContext<Native>,
): Promise<CountedAttempt | undefined> {
  const { clientId, ip } = request
  const { attempts, events, options, now } = context
  const budgets = [...requestBudgets(clientId, ip, context), ...pendingBudgets(clientId, ip, context)]
  const attempt = await attempts.take(budgets, ownKey(request), options.expiresIn)
  if (!('retryAfter' in attempt)) return attempt
  const spent = budgets[attempt.index]
  if (spent === undefined) return undefined
  events.emit('limited', { at: now(), limit: spent.kind, clientId, ip })
  throw new OAuthError('temporarily_unavailable', 'Too many requests for codes; try again later.', {
    status: 429,
    headers: { 'retry-after': String(attempt.retryAfter) },
  })
}

/** The attempt to give back when a request has been decided or has ended: it stays counted as a request. */
export function pendingAttempt<Native>(
  { id, clientId, requester }: Pick<DeviceCredential, 'id' | 'clientId' | 'requester'>,
  context: ServerContext<Native>,
): CountedAttempt {
  const keys = pendingBudgets(clientId, requester?.ip, context).map(({ key }) => key)
  return { own: ownKey({ id }), keys }
}
