import { createHmac } from 'node:crypto'
import type { ServerContext } from '../contract/context.ts'
import type { DeviceCredential } from '../contract/store.ts'
import { deriveKey } from '../crypto/seal.ts'
import { secretsEqual } from '../crypto/secrets.ts'
import { authorizationPending, pollAnswers } from '../errors.ts'
import type { OAuthResponse } from '../http.ts'
import type { Client } from '../protocol.ts'

/** Numbers that a device may send for one request; of 10,000 that makes 3 in 10,000. */
const ATTEMPTS = 3

const digits = 4

const numberMissing = authorizationPending('Approved: send the matching_number that the page shows.')
const numberWrong = authorizationPending('The matching_number is wrong.')

/** Makes the numbers of a server: four digits that follow from the request, so that no store has to keep them. */
export function createMatchingNumber(secret: string): (id: string) => string {
  const key = deriveKey(secret, 'matching number')
  return (id) => {
    const drawn = createHmac('sha256', key).update(id).digest().readUIntBE(0, 6)
    return String(drawn % 10 ** digits).padStart(digits, '0')
  }
}

/** The number that the page shows after the approval, for a client that has to send it. */
export function shownNumber<Native>(
  client: Client,
  { id }: DeviceCredential,
  context: ServerContext<Native>,
): string | undefined {
  return client.number_matching === true ? context.matchingNumber(id) : undefined
}

/**
 * Whether the device has sent the number that stands on the approver's screen, which shows that the two are in one
 * place; the answer to the poll until it has. Too many wrong ones end the request.
 * @see {@link https://datatracker.ietf.org/doc/html/draft-ietf-oauth-cross-device-security Cross-Device Flows BCP}
 */
export async function matchNumber<Native>(
  { id, clientId, expiresAt, userGrant }: DeviceCredential,
  given: string | undefined,
  { store, events, options, matchingNumber, now }: ServerContext<Native>,
): Promise<OAuthResponse | undefined> {
  if (given === undefined) return numberMissing
  // taken before the look: parallel polls cannot share one
  const window = Math.max(1, Math.ceil((expiresAt - now()) / 1000), options.expiresIn)
  const refusal = await store.takeAttempts([{ key: `number:${id}`, limit: ATTEMPTS, window }], now())
  if (refusal !== undefined) {
    await store.revoke(id, now())
    const subject = userGrant?.subject ?? ''
    events.emit('refused', { at: now(), reason: 'matchingNumber', grantId: id, clientId, subject, ip: undefined })
    return pollAnswers.access_denied
  }
  return secretsEqual(given, matchingNumber(id)) ? undefined : numberWrong
}
