import { expect, test } from 'vitest'
import { foundToken, hasLiveFamily, isAlive, isKnown, pollResult } from '../../src/lifecycle/record.ts'
import { firstTokens, NO_TOKENS } from '../../src/lifecycle/token-family.ts'
import { storedRecord } from './stored-record.ts'

const tokens = { accessTokenHash: 'access', issuedAt: 1_000, accessTokenExpiresAt: 2_000_000, scope: 'profile' }
const family = {
  ...firstTokens(tokens, 'profile'),
  redeemedAt: 1_000,
  sealedResponse: 'sealed',
  lastUsedAt: undefined,
  name: undefined,
}
const userGrant = { subject: 'alice', approved: true, scope: 'profile' }
const redeemed = storedRecord({ userGrant, family })
const revoked = storedRecord({ userGrant, ended: true, family: { ...family, ...NO_TOKENS, sealedResponse: '' } })

test.each([
  ['pending', storedRecord(), 1],
  ['slow_down', storedRecord({ lastPolledAt: 1_000 }), 2_000],
  ['approved', storedRecord({ userGrant }), 1],
  ['cancelled', storedRecord({ ended: true }), 1],
  ['expired', storedRecord(), 600_000],
  ['unknown', storedRecord(), 1_200_000],
  ['redeemed', redeemed, 1_999_999],
  ['unknown', redeemed, 2_000_000],
  ['revoked', revoked, 1_199_999],
  ['unknown', revoked, 1_200_000],
  ['unknown', undefined, 1],
] as const)('a poll is %s', (status, polled, now) => {
  expect(pollResult(polled, now).status).toBe(status)
})

test('the result of an early poll has the raised interval, and nothing that is private to the store', () => {
  const result = pollResult(storedRecord({ lastPolledAt: 1_000, leaseOwner: 'one' }), 2_000)
  expect(result).toMatchObject({ status: 'slow_down', credential: { interval: 10, lastPolledAt: 1_000 } })
  expect(JSON.stringify(result)).not.toContain('one')
})

test('a record is known until its tombstone end and the end of its last token', () => {
  expect([1_199_999, 1_200_000].map((now) => isKnown(storedRecord(), now))).toEqual([true, false])
  expect([1_999_999, 2_000_000].map((now) => isKnown(redeemed, now))).toEqual([true, false])
})

test('a record is alive while tokens may be issued for it, or one of its tokens lives', () => {
  expect([storedRecord(), redeemed, revoked].map((each) => isAlive(each, 1))).toEqual([true, true, false])
  expect([storedRecord(), redeemed].map((each) => isAlive(each, 600_000))).toEqual([false, true])
  expect([storedRecord(), redeemed, revoked].map((each) => hasLiveFamily(each, 1))).toEqual([false, true, false])
})

test('a token is found until the record is revoked or over', () => {
  expect(foundToken(redeemed, 'access', 1_999_999)?.type).toBe('access_token')
  expect(foundToken({ ...redeemed, ended: true }, 'access', 1)).toBeUndefined()
  expect(foundToken(storedRecord({ userGrant }), 'access', 1)).toBeUndefined()
  expect(foundToken(undefined, 'access', 1)).toBeUndefined()
})
