import { describe, expect, test } from 'vitest'
import {
  checkClaim,
  checkDecision,
  isOnTime,
  isOpen,
  isTwin,
  leaseHolder,
  MAX_INTERVAL,
  mayLease,
  mayRedeem,
  pace,
  pollStatus,
  raisedInterval,
  tombstoneEnd,
} from '../../src/lifecycle/credential.ts'
import { NO_TOKENS } from '../../src/lifecycle/token-family.ts'
import { storedRecord } from './stored-record.ts'

const approval = { subject: 'alice', approved: true, scope: 'profile' }
const denial = { subject: 'alice', approved: false, scope: '' }

describe('pollStatus', () => {
  const leased = { userGrant: approval, leaseOwner: 'one', leaseUntil: 20_000 }
  test.each([
    ['pending', {}, 599_999],
    ['expired', {}, 600_000],
    ['unknown', {}, 1_200_000],
    ['approved', { userGrant: approval }, 599_999],
    ['expired', { userGrant: approval }, 600_000],
    ['denied', { userGrant: denial }, 599_999],
    ['expired', { userGrant: denial }, 600_000],
    ['redeeming', leased, 19_999],
    ['approved', leased, 20_000],
    ['cancelled', { ended: true }, 1],
    ['cancelled', { ended: true, userGrant: approval }, 600_000],
    ['unknown', { ended: true }, 1_200_000],
  ] as const)('%s: %j at %i ms', (status, given, now) => {
    expect(pollStatus(storedRecord(given), now)).toBe(status)
  })

  test('only the boolean true approves', () => {
    const userGrant = { ...approval, approved: 'false' as never }
    expect(pollStatus(storedRecord({ userGrant }), 1)).toBe('denied')
  })
})

describe('pacing', () => {
  test('the first poll is on time, and each that comes an interval after the last one, with 1 s of tolerance', () => {
    expect(isOnTime(undefined, 5, 0)).toBe(true)
    expect(isOnTime(10_000, 5, 13_999)).toBe(false)
    expect(isOnTime(10_000, 5, 14_000)).toBe(true)
  })

  test('a poll may be early by half of its interval at most, so that an interval of 1 s is paced too', () => {
    expect(isOnTime(10_000, 1, 10_499)).toBe(false)
    expect(isOnTime(10_000, 1, 10_500)).toBe(true)
    expect(isOnTime(10_000, 2, 11_000)).toBe(true)
  })

  test('8628-3.5-3 the first poll in the other style within 1 s is a twin', () => {
    const counted = { lastPolledAt: 10_000, lastPolledIn: 'header' } as const
    expect(isTwin(counted, 'form', 10_999)).toBe(true)
    expect(isTwin(counted, 'form', 11_000)).toBe(false)
    expect(isTwin(counted, 'header', 10_001)).toBe(false)
    expect(isTwin({ lastPolledAt: 10_000 }, 'header', 10_001)).toBe(true)
    expect(isTwin({ lastPolledAt: 10_000 }, 'form', 10_001)).toBe(false)
    expect(isTwin({ ...counted, lastPolledIn: 'both' }, 'form', 10_001)).toBe(false)
    expect(isTwin({ lastPolledAt: undefined }, 'header', 0)).toBe(false)
  })

  test('F-25 a poll after the clock was set back is on time', () => {
    expect(isOnTime(10_000, 5, 9_999)).toBe(true)
  })

  test('an early poll raises the interval, the next one of the same burst does not', () => {
    const early = pace(storedRecord({ lastPolledAt: 10_000 }), 11_000)
    expect(early).toEqual({ accepted: false, interval: 10, lastPolledAt: 10_000, lastSlowedAt: 11_000 })
    expect(pace(early, 11_999)).toEqual(early)
    expect(pace(early, 12_000)).toMatchObject({ interval: 15, lastSlowedAt: 12_000 })
  })

  test.each([
    [5, 10],
    [57, MAX_INTERVAL],
    [MAX_INTERVAL, MAX_INTERVAL],
    [90, 90],
  ])('slow_down raises %i s to %i s, and lowers no interval', (interval, raised) => {
    expect(raisedInterval(interval)).toBe(raised)
  })
})

describe('claims and decisions', () => {
  const claimed = { claimedBy: 'alice', claimedIn: 'phone' }
  test.each([
    ['claimed', {}, 'alice', 'phone'],
    ['claimed', claimed, 'alice', 'laptop'],
    ['claimed', claimed, 'bob', 'phone'],
    ['shared', claimed, 'bob', 'laptop'],
    ['claimed', { boundSubject: 'alice' }, 'alice', 'phone'],
    ['unknown', { boundSubject: 'alice' }, 'bob', 'phone'],
    ['unknown', { userGrant: approval }, 'alice', 'phone'],
    ['unknown', { ended: true }, 'alice', 'phone'],
  ] as const)('a claim is %s: %j by %s with the %s', (result, given, subject, browser) => {
    expect(checkClaim(storedRecord(given), { subject, browser }, 1)).toBe(result)
  })

  test.each([
    ['decided', {}, 'bob', 1],
    ['decided', claimed, 'alice', 1],
    ['unknown', claimed, 'bob', 1],
    ['unknown', { boundSubject: 'alice', claimedBy: 'bob' }, 'bob', 1],
    ['decided', { boundSubject: '' }, '', 1],
    ['alreadyDecided', { userGrant: denial }, 'alice', 1],
    ['expired', {}, 'alice', 600_000],
    ['unknown', claimed, 'bob', 600_000],
    ['unknown', { ended: true }, 'alice', 1],
  ] as const)('a decision is %s: %j by "%s" at %i ms', (result, given, subject, now) => {
    expect(checkDecision(storedRecord(given), subject, now)).toBe(result)
  })
})

describe('leases and redemption', () => {
  const leased = storedRecord({ userGrant: approval, leaseOwner: 'one', leaseUntil: 20_000 })
  const family = { ...NO_TOKENS, redeemedAt: 1, sealedResponse: '', lastUsedAt: undefined, name: undefined }

  test('a lease keeps other owners out until it ends', () => {
    expect(leaseHolder(leased, 19_999)).toBe('one')
    expect(['one', 'two'].map((owner) => mayLease(leased, owner, 19_999))).toEqual([true, false])
    expect(mayLease(leased, 'two', 20_000)).toBe(true)
  })

  test('only the holder of the lease redeems, and without a lease only nobody in particular', () => {
    expect(['one', 'two', undefined].map((owner) => mayRedeem(leased, owner, 19_999))).toEqual([true, false, false])
    expect(['one', 'two', undefined].map((owner) => mayRedeem(leased, owner, 20_000))).toEqual([false, false, true])
  })

  test.each([
    ['undecided', {}, 1],
    ['denied', { userGrant: denial }, 1],
    ['ended', { userGrant: approval, ended: true }, 1],
    ['already redeemed', { userGrant: approval, family }, 1],
    ['expired', { userGrant: approval }, 600_000],
  ] as const)('a credential that is %s is neither leased nor redeemed', (_, given, now) => {
    expect(mayLease(storedRecord(given), 'one', now)).toBe(false)
    expect(mayRedeem(storedRecord(given), undefined, now)).toBe(false)
  })

  test('tokens may come of a credential until it is denied, ended or expired', () => {
    expect([{}, { userGrant: approval }].map((given) => isOpen(storedRecord(given), 1))).toEqual([true, true])
    expect([{ ended: true }, { userGrant: denial }].map((given) => isOpen(storedRecord(given), 1))).toEqual([
      false,
      false,
    ])
    expect(isOpen(storedRecord(), 600_000)).toBe(false)
  })
})

test('the tombstone time is the lifetime once more', () => {
  expect(tombstoneEnd({ createdAt: 1_000, expiresAt: 601_000 })).toBe(1_201_000)
})
