import { createHmac } from 'node:crypto'
import type { ServerContext } from '../contract/context.ts'
import type { DeviceCredential } from '../contract/store.ts'
import { deriveKeys, type Secrets } from '../crypto/seal.ts'
import { secretsEqual } from '../crypto/secrets.ts'
import { authorizationPending, pollAnswers } from '../errors.ts'
import type { OAuthResponse } from '../http.ts'
import type { Client } from '../protocol.ts'

/** Numbers that a device may send for one request: the odds to guess one of 10,000 are 3 in 10,000. */
const ATTEMPTS = 3

const DIGITS = 4

const numberMissing = authorizationPending('Approved: send the matching_number that the page shows.')
const numberWrong = authorizationPending('The matching_number is wrong; send the one that the page shows.')

/** Returns a function that derives four digits from the id of a request by each secret, so that no store has to keep them. */
export function createMatchingNumbers(secrets: Secrets): ServerContext['matchingNumbers'] {
  const [current, ...previous] = deriveKeys(secrets, 'matching number')
  return (id) => [numberOf(id, current), ...previous.map((key) => numberOf(id, key))]
}

function numberOf(id: string, key: Buffer): string {
  const drawn = createHmac('sha256', key).update(id).digest().readUIntBE(0, 6)
  return String(drawn % 10 ** DIGITS).padStart(DIGITS, '0')
}

/** The number that the page shows after an approval; `undefined` if the client needs none. */
export function shownNumber<Native>(
  client: Client,
  { id }: DeviceCredential,
  context: ServerContext<Native>,
): string | undefined {
  return client.number_matching === true ? context.matchingNumbers(id)[0] : undefined
}

/**
 * Checks the number that the device sent against the one on the user's screen: a right number shows that both are in
 * one place. Returns the answer to the poll until the number is right, then `undefined`. After three wrong numbers the
 * next one ends the request.
 * @see {@link https://www.rfc-editor.org/rfc/rfc10027#section-6.1.16 RFC 10027 section 6.1.16}
 */
export async function matchNumber<Native>(
  { id, clientId, expiresAt, userGrant }: DeviceCredential,
  given: string | undefined,
  { store, attempts, events, options, matchingNumbers, now }: ServerContext<Native>,
): Promise<OAuthResponse | undefined> {
  if (given === undefined) return numberMissing
  const key = `number:request:${id}`
  // taken before the comparison, so that parallel polls cannot share one attempt
  const window = Math.max(1, Math.ceil((expiresAt - now()) / 1000), options.expiresIn)
  const attempt = await attempts.take([{ key, limit: ATTEMPTS, window }])
  if ('retryAfter' in attempt) {
    const ended = await store.revoke(id, now())
    const event = { at: now(), grantId: id, clientId, subject: userGrant?.subject ?? '' }
    events.emit('refused', { ...event, reason: 'matchingNumber', ip: undefined })
    if (ended) events.emit('signedOut', { ...event, by: 'client' })
    return pollAnswers.access_denied
  }
  // the page may have shown the number before the secret was rotated
  if (!matchingNumbers(id).some((number) => secretsEqual(given, number))) return numberWrong
  // a right number counts as no attempt: the tokens may fail to be issued, and the device sends it again
  await attempts.giveBack(attempt)
  return undefined
}
