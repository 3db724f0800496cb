import type { CountedAttempt } from '../contract/attempts.ts'
import type { ServerContext } from '../contract/context.ts'
import type { DeviceCredential } from '../contract/store.ts'
import { OAuthError } from '../errors.ts'
import { type Awaitable, chain } from '../http.ts'
import type { Budget } from './budgets.ts'
import { placeCounters, publicPart, sharedPart } from './reserves.ts'
import { windowAt } from './windows.ts'

/*
 * A device authorization request is counted by address, by client and over the whole server. There are two kinds of counters: `request`
 * counts all requests of an hour, `pending` only those that the user has not decided yet.
 *
 * The limits of these counters depend on the standing of the request, so that a few busy addresses cannot use up what others need. A
 * request is first taken as one of a clean address. If its address has too many requests for that, it is taken as one of the
 * others: its address may then have more, but the client and the server have less for it.
 */

/** Seconds over which requests are counted. Pending requests are counted for as long as a code lives. */
const WINDOW = 3600

/** Requests of an hour, and undecided requests, of an address with a clean record: a device, and a second try. */
const cleanRecord = { request: 10, pending: 2 } as const

/** A request that waits, or is about to wait, for the user's decision. */
interface PendingRequest {
  /** The id of the credential. */
  readonly id: string
  readonly clientId: string
  readonly ip: string | undefined
  /** Epoch milliseconds. It decides about the window that the request is counted in. */
  readonly createdAt: number
}

/**
 * The part of the shared budgets that a request may use.
 * - `clean`: an address that has made few requests. It may use the whole budget of its client and of the server.
 * - `other`: the addresses that have made more. They share the first quarter, so that an attacker with a thousand addresses
 *   leaves the rest to others.
 * - `authenticated`: a client that has proved who it is. Its address does not limit it, because all its users may be behind
 *   that one address, and a part of the server's budget is for such clients only.
 */
type Standing = 'clean' | 'other' | 'authenticated'

/** The standing by kind of request: an address can have many requests of an hour and few undecided ones, or the reverse. */
type Standings = Readonly<Record<'request' | 'pending', Standing>>

/** The largest numbers of one kind of request. */
interface KindLimits {
  readonly perAddress: number
  readonly perClient: number
  /** `undefined`: the server counts none of this kind. */
  readonly perServer: number | undefined
}

/** A counter of requests, without the limit, which depends on the standing. */
type Counter = Omit<Budget, 'limit' | 'kind'> & {
  readonly kind: 'request' | 'pending'
  readonly scope: 'address' | 'site' | 'client' | 'server'
  readonly factor: number
}

type RequestBudget = Budget & Pick<Counter, 'scope' | 'kind'>

function counters(
  kind: Counter['kind'],
  length: number,
  { clientId, ip, createdAt }: Omit<PendingRequest, 'id'>,
): readonly Counter[] {
  const { number, left } = windowAt(createdAt, length)
  const counter = (scope: Counter['scope'], key: string, factor = 1): Counter => {
    return { kind, scope, factor, key: `${kind}:${scope}:${number}:${key}`, window: left }
  }
  const counted = placeCounters(ip).map(({ scope, key, factor }) => counter(scope, key, factor))
  counted.push(counter('client', clientId))
  if (kind === 'pending') counted.push(counter('server', 'all'))
  return counted
}

function limitOf(counter: Counter, standing: Standing, limits: KindLimits): number {
  return counter.scope === 'address' || counter.scope === 'site'
    ? addressLimit(counter, standing, limits)
    : sharedLimit(counter.scope, standing, limits)
}

function addressLimit({ kind, factor }: Counter, standing: Standing, { perAddress }: KindLimits): number {
  if (standing === 'authenticated') return Number.MAX_SAFE_INTEGER
  return factor * (standing === 'clean' ? Math.min(cleanRecord[kind], perAddress) : perAddress)
}

function sharedLimit(
  scope: 'client' | 'server',
  standing: Standing,
  { perClient, perServer = Number.MAX_SAFE_INTEGER }: KindLimits,
): number {
  const serverLimit = standing === 'authenticated' ? perServer : publicPart(perServer)
  const limit = scope === 'client' ? perClient : serverLimit
  return standing === 'other' ? sharedPart(limit) : limit
}

/** The budgets of a request: its counters, each with the limit that its standing has. */
function budgetsOf<Native>(
  counted: readonly Counter[],
  standings: Standings,
  { options: { limits } }: ServerContext<Native>,
): readonly RequestBudget[] {
  const requests = { perAddress: limits.requestsPerAddress, perClient: limits.requestsPerClient, perServer: undefined }
  const pending = {
    perAddress: limits.pendingPerAddress,
    perClient: limits.pendingPerClient,
    perServer: limits.pending,
  }
  return counted.map((counter) => {
    const { key, window, kind, scope } = counter
    const limit = limitOf(counter, standings[kind], kind === 'request' ? requests : pending)
    return { key, window, kind, scope, limit }
  })
}

/** Takes the budgets of a standing. If one of them is spent, it is returned with the refusal. */
function takeAs<Native>(
  counted: readonly Counter[],
  standings: Standings,
  request: PendingRequest,
  context: ServerContext<Native>,
): Awaitable<CountedAttempt | { readonly spent: RequestBudget | undefined; readonly retryAfter: number }> {
  const budgets = budgetsOf(counted, standings, context)
  // the id is the key of this one attempt, so that it is taken out once, and a store can note it in the record itself
  return chain(context.attempts.take(budgets, request.id, context.options.expiresIn), (attempt) =>
    'retryAfter' in attempt ? { spent: budgets[attempt.index], retryAfter: attempt.retryAfter } : attempt,
  )
}

/**
 * Counts one more device authorization request, by address, by client and over the whole server. `attempts.giveBack` undoes
 * it, if no codes are given out.
 * @param authenticated - `true` if the client has proved who it is with this request.
 * @returns `undefined` if a request of this id was counted before.
 * @throws {OAuthError} `temporarily_unavailable` with status 429 and `Retry-After` if a budget is spent. A refused
 * request is not counted.
 */
export async function takeRequest<Native>(
  request: PendingRequest,
  authenticated: boolean,
  context: ServerContext<Native>,
): Promise<CountedAttempt | undefined> {
  const { clientId, ip } = request
  const counted = [...counters('request', WINDOW, request), ...counters('pending', context.options.expiresIn, request)]
  const standing = authenticated ? 'authenticated' : 'clean'
  let standings: Standings = { request: standing, pending: standing }
  let attempt = await takeAs(counted, standings, request, context)
  // at most one more try for each kind
  while ('spent' in attempt && isOverClean(attempt.spent, standings)) {
    standings = { ...standings, [attempt.spent.kind]: 'other' }
    attempt = await takeAs(counted, standings, request, context)
  }
  if (!('spent' in attempt)) return attempt
  if (attempt.spent === undefined) return undefined
  context.events.emit('limited', { at: context.now(), limit: attempt.spent.kind, clientId, ip })
  throw new OAuthError('temporarily_unavailable', 'Too many requests for codes; try again later.', {
    status: 429,
    headers: { 'retry-after': String(attempt.retryAfter) },
  })
}

/** `true` if the address has made more requests than a clean record allows. */
function isOverClean(spent: RequestBudget | undefined, standings: Standings): spent is RequestBudget {
  if (spent === undefined || standings[spent.kind] !== 'clean') return false
  return spent.scope === 'address' || spent.scope === 'site'
}

/** The attempt to give back when a request has been decided or has ended: it stays counted as a request. */
export function pendingAttempt<Native>(
  { id, clientId, requester, createdAt }: Pick<DeviceCredential, 'id' | 'clientId' | 'requester' | 'createdAt'>,
  { options: { expiresIn } }: ServerContext<Native>,
): CountedAttempt {
  const keys = counters('pending', expiresIn, { clientId, ip: requester?.ip, createdAt }).map(({ key }) => key)
  return { own: id, keys }
}
