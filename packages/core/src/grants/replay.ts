import type { ServerContext } from '../contract/context.ts'
import type { DeviceCredential, Redemption } from '../contract/store.ts'
import { unseal } from '../crypto/seal.ts'
import { pollAnswers } from '../errors.ts'
import { jsonResponse, type OAuthResponse } from '../http.ts'
import { responseKey } from './redeem.ts'

/** Milliseconds in which a second use is a parallel one, not a theft, even where answers are not given again. */
export const PARALLEL = 2_000

/**
 * A redeemed code comes again: within the grace, and until its access token is used, the lost answer is given once
 * more; later the code has leaked, and its tokens end.
 * @see {@link https://www.rfc-editor.org/rfc/rfc6749#section-10.5 RFC 6749 section 10.5}
 */
export async function replay<Native>(
  { id, clientId, userGrant }: DeviceCredential,
  { sealedResponse, redeemedAt, used }: Redemption,
  deviceCode: string,
  context: ServerContext<Native>,
): Promise<OAuthResponse> {
  const now = context.now()
  const age = now - redeemedAt
  const grace = context.options.redemptionGrace * 1000
  const event = { at: now, grantId: id, clientId, subject: userGrant?.subject ?? '' }
  if (age < grace && !used) {
    const response = unseal(responseKey(deviceCode), sealedResponse)
    if (response !== undefined) {
      context.events.emit('replayed', { ...event, outcome: 'answered' })
      return jsonResponse(200, JSON.parse(response))
    }
  }
  if (age < Math.max(grace, PARALLEL)) {
    context.events.emit('replayed', { ...event, outcome: 'refused' })
    return pollAnswers.invalid_grant
  }
  await context.store.revoke(id, now)
  context.events.emit('replayed', { ...event, outcome: 'revoked' })
  return pollAnswers.invalid_grant
}
