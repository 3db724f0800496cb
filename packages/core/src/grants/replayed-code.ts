import type { DeviceCredential, Redemption } from '../contract/store.ts'
import { unseal } from '../crypto/seal.ts'
import { pollAnswers } from '../errors.ts'
import { jsonTextResponse, type OAuthResponse } from '../http.ts'
import { isGivenUpByNow } from './given-up.ts'
import type { Poll } from './poll-request.ts'
import { responseKey } from './redeem.ts'

/** Milliseconds in which a second use counts as a parallel request and not as a theft, even without a grace. */
export const PARALLEL = 2_000

/**
 * Answers a poll with a code that was redeemed before. Within the grace, and until one of its tokens is used, the lost
 * answer is given again. Later, if a token was used, the code must have leaked, and its tokens are revoked.
 * @see {@link https://www.rfc-editor.org/rfc/rfc6749#section-10.5 RFC 6749 section 10.5}
 */
export async function replay<Native>(
  { id, clientId, userGrant }: DeviceCredential,
  { sealedResponse, redeemedAt, used }: Redemption,
  { deviceCode, tokenRequest, context }: Poll<Native>,
): Promise<OAuthResponse> {
  const now = context.now()
  const age = now - context.answerableFrom(redeemedAt)
  const grace = context.options.redemptionGrace * 1000
  const event = { at: now, grantId: id, clientId, subject: userGrant?.subject ?? '' }
  if (age < grace && !used) {
    const response = unseal(responseKey(deviceCode), sealedResponse)
    if (response !== undefined) {
      context.events.emit('replayed', { ...event, outcome: 'answered' })
      return jsonTextResponse(200, response)
    }
  }
  if (age < Math.max(grace, PARALLEL)) {
    context.events.emit('replayed', { ...event, outcome: 'refused' })
    return pollAnswers.invalid_grant
  }
  if (await isGivenUpByNow(tokenRequest.request)) return pollAnswers.authorization_pending
  // while no token was used, the answer may just be lost
  const ended = used && (await context.store.revoke(id, now))
  context.events.emit('replayed', { ...event, outcome: used ? 'revoked' : 'suspected' })
  if (ended) context.events.emit('signedOut', { ...event, by: 'reuse' })
  return pollAnswers.invalid_grant
}
