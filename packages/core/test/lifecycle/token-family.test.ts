import { expect, test } from 'vitest'
import type { TokenRecord } from '../../src/contract/store.ts'
import {
  ANSWER_USED,
  firstTokens,
  lookUpToken,
  MAX_ACCESS_TOKENS,
  NO_TOKENS,
  receivedRotation,
  rotateTokens,
  type StoredFamily,
  shouldNoteUse,
  tokensEnd,
} from '../../src/lifecycle/token-family.ts'

const credential = {
  id: 'id',
  clientId: 'tv',
  scope: 'profile email',
  userCodeHash: 'hash',
  createdAt: 0,
  expiresAt: 600_000,
  interval: 5,
  userGrant: { subject: 'alice', approved: true, scope: 'profile' },
}

function response(name: string, given: Partial<TokenRecord> = {}): TokenRecord {
  return {
    accessTokenHash: `access ${name}`,
    issuedAt: 1_000,
    accessTokenExpiresAt: 61_000,
    scope: '',
    refreshTokenHash: `refresh ${name}`,
    refreshTokenExpiresAt: 901_000,
    ...given,
  }
}

function familyOf(tokens: TokenRecord): StoredFamily {
  const rest = { redeemedAt: 1_000, sealedResponse: 'sealed', lastUsedAt: undefined, name: undefined }
  return { ...firstTokens(tokens, 'profile'), ...rest }
}

test('an access token is found with its own scope, a refresh token with the scope that the user granted', () => {
  const family = familyOf(response('1'))
  const access = lookUpToken(credential, family, 'access 1', 60_999)
  expect(access).toMatchObject({ type: 'access_token', scope: '', expiresAt: 61_000, family: { subject: 'alice' } })
  expect(lookUpToken(credential, family, 'access 1', 61_000)).toBeUndefined()
  const refresh = lookUpToken(credential, family, 'refresh 1', 900_999)
  expect(refresh).toMatchObject({ type: 'refresh_token', scope: 'profile', expiresAt: 901_000 })
  expect(lookUpToken(credential, family, 'refresh 1', 901_000)).toEqual({ type: 'expired', family: expect.anything() })
  expect(lookUpToken(credential, family, 'another', 2_000)).toBeUndefined()
})

test('a rotation keeps the replaced refresh token with its answer', () => {
  const first = familyOf(response('1'))
  const rotated = rotateTokens(first, 'refresh 1', response('2'), 'sealed again', 'profile', 5_000)
  const family = { ...first, ...rotated }
  expect(lookUpToken(credential, family, 'refresh 1', 6_000)).toMatchObject({ type: 'rotated', rotatedAt: 5_000 })
  expect(family.rotated).toMatchObject({ sealedResponse: 'sealed again', replaysLeft: 2 })
  expect(lookUpToken(credential, family, 'refresh 2', 6_000)?.type).toBe('refresh_token')
  expect(lookUpToken(credential, family, 'access 1', 6_000)?.type).toBe('access_token')
})

test('the use of the access token of a rotation, and of no other one, tells that its answer was received', () => {
  const first = familyOf(response('1'))
  expect(receivedRotation(first, 'access 1')).toBeUndefined()
  const family = rotateTokens(first, 'refresh 1', response('2'), 'sealed again', 'profile', 5_000) ?? NO_TOKENS
  expect(receivedRotation(family, 'access 1')).toBeUndefined()
  expect(receivedRotation(family, 'access 2')).toBe(family.rotated)
  const left = (replaysLeft: number) => family.rotated && { ...family, rotated: { ...family.rotated, replaysLeft } }
  expect(receivedRotation(left(0) ?? NO_TOKENS, 'access 2')?.hash).toBe('refresh 1')
  expect(receivedRotation(left(ANSWER_USED) ?? NO_TOKENS, 'access 2')).toBeUndefined()
})

test.each([
  ['another token', 'access 1', 5_000],
  ['an expired refresh token', 'refresh 1', 901_000],
])('%s is not rotated', (_, hash, now) => {
  expect(rotateTokens(firstTokens(response('1'), ''), hash, response('2'), '', '', now)).toBeUndefined()
})

test(`a rotation keeps the latest ${MAX_ACCESS_TOKENS} live access tokens`, () => {
  let tokens = firstTokens(response('0'), 'profile')
  for (let count = 1; count <= 15; count++) {
    tokens = rotateTokens(tokens, `refresh ${count - 1}`, response(`${count}`), '', 'profile', 2_000) ?? NO_TOKENS
  }
  const latest = Array.from({ length: MAX_ACCESS_TOKENS }, (_, index) => `access ${index + 6}`)
  expect(tokens.accessTokens.map(({ hash }) => hash)).toEqual(latest)
  const later = rotateTokens(tokens, 'refresh 15', response('16'), '', 'profile', 61_000)
  expect(later?.accessTokens.map(({ hash }) => hash)).toEqual(['access 16'])
})

test('the end of the tokens is that of the last one', () => {
  const alone = { refreshTokenHash: undefined, refreshTokenExpiresAt: undefined }
  expect(tokensEnd(firstTokens(response('1'), ''))).toBe(901_000)
  expect(tokensEnd(firstTokens(response('1', alone), ''))).toBe(61_000)
  expect(tokensEnd(firstTokens(response('1', { refreshTokenExpiresAt: undefined }), ''))).toBe(Number.POSITIVE_INFINITY)
  expect(tokensEnd(NO_TOKENS)).toBe(0)
})

test('a use is noted at first, and then at most once a minute', () => {
  expect(shouldNoteUse({}, 0)).toBe(true)
  expect(shouldNoteUse({ lastUsedAt: 1_000 }, 61_000)).toBe(false)
  expect(shouldNoteUse({ lastUsedAt: 1_000 }, 61_001)).toBe(true)
})
