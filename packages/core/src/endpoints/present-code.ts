import { addressPrefix } from '../address.ts'
import type { ServerContext } from '../context.ts'
import type { LimitKind } from '../events.ts'
import type { User } from '../hooks.ts'
import type { DeviceCredential } from '../stores/store.ts'

/** Seconds over which presented codes are counted. */
const WINDOW = 3600

/** What came of a code that a user presented. Unknown, expired, decided and somebody else's look the same. */
export type Presented =
  | {
      readonly outcome: 'found'
      readonly credential: DeviceCredential /** The bare characters. */
      readonly userCode: string
    }
  | { readonly outcome: 'unknown' }
  | { readonly outcome: 'limited' /** Seconds. */; readonly retryAfter: number }

/**
 * Looks up a code for a user within the budgets of user, address and server. An attempt is taken before the look-up
 * and given back when the code is right, so that parallel guesses cannot share one and nothing resets a budget.
 * @see {@link https://www.rfc-editor.org/rfc/rfc8628#section-5.1 RFC 8628 section 5.1}
 */
export async function presentCode<Native>(
  input: string,
  user: User,
  ip: string | undefined,
  context: ServerContext<Native>,
): Promise<Presented> {
  const budgets = budgetsOf(user, ip, context)
  for (const [index, { key, limit, kind }] of budgets.entries()) {
    const { allowed, retryAfter } = await context.store.takeAttempt(key, limit, WINDOW, context.now())
    if (allowed) continue
    await giveBack(budgets.slice(0, index), context)
    context.events.emit('limited', { at: context.now(), limit: kind, subject: user.subject, ip })
    return { outcome: 'limited', retryAfter }
  }
  const userCode = context.codes.normalise(input)
  const credential = userCode === undefined ? undefined : await findFor(user, userCode, context)
  if (userCode === undefined || credential === undefined) {
    context.events.emit('codeNotFound', { at: context.now(), subject: user.subject, ip })
    return { outcome: 'unknown' }
  }
  await giveBack(budgets, context)
  return { outcome: 'found', credential, userCode }
}

/** A live credential that nobody else has presented before; what is not found costs the same work. */
export async function findFor<Native>(
  { subject }: User,
  userCode: string,
  context: ServerContext<Native>,
): Promise<DeviceCredential | undefined> {
  const credential = await context.store.findByUserCode(context.codes.hash(userCode), context.now())
  const owner = credential?.boundSubject ?? credential?.claimedBy
  const foreign = owner !== undefined && owner !== subject
  return foreign ? undefined : credential
}

interface Budget {
  readonly key: string
  readonly limit: number
  readonly kind: LimitKind
}

function budgetsOf<Native>(
  { subject }: User,
  ip: string | undefined,
  { options: { limits } }: ServerContext<Native>,
): readonly Budget[] {
  return [
    { key: `guess:user:${subject}`, limit: limits.userCodesPerUser, kind: 'user' },
    { key: `guess:address:${addressPrefix(ip)}`, limit: limits.userCodesPerAddress, kind: 'address' },
    { key: 'guess:server', limit: limits.userCodes, kind: 'server' },
  ]
}

async function giveBack<Native>(budgets: readonly Budget[], context: ServerContext<Native>): Promise<void> {
  for (const { key } of budgets) await context.store.giveBackAttempt(key, context.now())
}
