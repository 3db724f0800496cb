import type { ServerContext } from '../contract/context.ts'
import type { ApprovedGrant } from '../contract/hook-arguments.ts'
import { randomToken } from '../crypto/random.ts'

/** Milliseconds that an overridden hook `saveToken` has before another request may try. */
const LEASE = 10_000

/**
 * Issues tokens for an application that keeps tokens too, by its hook `saveToken`. That makes two steps, its own and the
 * store's, so a lease keeps other requests out meanwhile.
 *
 * @param work - Issues, saves and stores the tokens, which ends the lease. Returns `undefined` if they were not stored.
 * @param refreshTokenHash - The refresh token that is to be replaced; `undefined` for a device code.
 * @returns `undefined` if another request has the lease, or was faster.
 */
export async function underLease<Native, T>(
  approved: ApprovedGrant<Native>,
  context: ServerContext<Native>,
  work: (owner: string) => Promise<T | undefined>,
  refreshTokenHash?: string,
): Promise<T | undefined> {
  const { store, now } = context
  const owner = randomToken()
  const at = now()
  if (!(await store.lease(approved.grantId, owner, at + LEASE, at, refreshTokenHash))) return undefined
  try {
    return await work(owner)
  } catch (error) {
    await release(approved, owner, context)
    throw error
  }
}

/** Gives the lease back. A failure here is only reported: the lease ends by itself, and the first error is the answer. */
async function release<Native>(
  { grantId, request }: ApprovedGrant<Native>,
  owner: string,
  context: ServerContext<Native>,
): Promise<void> {
  try {
    await context.store.release(grantId, owner)
  } catch (error) {
    context.fail('release', error, { endpoint: 'token', native: request.native })
  }
}
