import { requireText } from '../checks.ts'
import type { ServerContext } from '../contract/context.ts'
import type { LimitsApi } from '../contract/device-auth.ts'
import { approvalKey } from './approvals.ts'
import { userGuessKey } from './guesses.ts'

/** Seconds; it matters only if an attempt of the user comes at the same moment. */
const WINDOW = 3600

/** Makes `deviceAuth.limits`. */
export function createLimitsApi<Native>(context: ServerContext<Native>): LimitsApi {
  return {
    async reset(subject) {
      requireText('limits.reset', 'subject', subject)
      const { approvalsPerUser, userCodesPerUser } = context.options.limits
      await empty(userGuessKey(subject, context.now()), userCodesPerUser, context)
      await empty(approvalKey(subject), approvalsPerUser, context)
    },
  }
}

/**
 * Takes attempts back until none is counted. A store has no step that deletes a counter: it is rare enough to be made of the two
 * that there are. An attempt is counted only while none other is, so its success says that the counter was empty.
 *
 * @param most - The most attempts that can be counted.
 */
async function empty<Native>(key: string, most: number, { store, now }: ServerContext<Native>): Promise<void> {
  for (let left = most; left >= 0; left--) {
    const refusal = await store.takeAttempts([{ key, limit: 1, window: WINDOW }], now())
    await store.giveBackAttempts([key], now())
    if (refusal === undefined) return
  }
}
