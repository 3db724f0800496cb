import { describe, expect, it } from 'vitest'
import { errorResponse, isOAuthError, OAuthError, pollAnswers, slowDownAnswer } from '../src/errors.ts'
import { DEVICE_CODE_GRANT_TYPE } from '../src/protocol.ts'
import { expectError, json } from './server.ts'

const allowed = /^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/

describe('OAuthError', () => {
  it.each([
    ['invalid_request', 400],
    ['invalid_client', 401],
    ['invalid_grant', 400],
    ['unauthorized_client', 400],
    ['unsupported_grant_type', 400],
    ['invalid_scope', 400],
    ['authorization_pending', 400],
    ['slow_down', 400],
    ['access_denied', 400],
    ['expired_token', 400],
    ['unsupported_token_type', 400],
    ['server_error', 500],
    ['temporarily_unavailable', 503],
  ])('6749-5.2-1 %s has status %i and a description', (code, status) => {
    const error = new OAuthError(code)
    expect(error).toMatchObject({ name: 'OAuthError', code, status, headers: {} })
    expect(error.message).toMatch(allowed)
    expectError(errorResponse(error), code, status)
  })

  it('6749-5.2-1 a code of the application has status 400, unless another one is given', () => {
    expect(new OAuthError('account_locked')).toMatchObject({ status: 400, message: 'The request was refused.' })
    expect(new OAuthError('account_locked', 'Locked.', { status: 403 })).toMatchObject({
      status: 403,
      message: 'Locked.',
    })
    expect(new OAuthError('toString')).toMatchObject({ status: 400 })
    expect(new OAuthError('__proto__')).toMatchObject({ status: 400 })
  })

  it('does not show its cause in the response', () => {
    const error = new OAuthError('server_error', undefined, { cause: new Error('db password') })
    expect(error.cause).toBeInstanceOf(Error)
    expect(errorResponse(error).body).not.toMatch('password')
  })

  it('adds headers to the response', () => {
    const response = errorResponse(new OAuthError('invalid_client', undefined, { headers: { 'retry-after': '5' } }))
    expect(response.headers['retry-after']).toBe('5')
  })

  it('6749-5.2-6 replaces the characters that the RFC does not allow', () => {
    const everything = Array.from({ length: 0x250 }, (_, code) => String.fromCharCode(code)).join('')
    for (const text of [everything, '"\\\n\u2028', '🦊', '\ud800']) {
      const body = json(errorResponse(new OAuthError(text, text)))
      expect(body.error).toMatch(allowed)
      expect(body.error_description).toMatch(allowed)
    }
  })

  it('is recognised by its shape, because a package may be installed twice', () => {
    class Other extends Error {
      override readonly name = 'OAuthError'
      readonly code = 'access_denied'
      readonly status = 400
      readonly headers = {}
    }
    expect(isOAuthError(new OAuthError('access_denied'))).toBe(true)
    expect(isOAuthError(new Other())).toBe(true)
    expect(isOAuthError(new Error('OAuthError'))).toBe(false)
    expect(isOAuthError(Object.assign(new Error('x'), { name: 'OAuthError' }))).toBe(false)
    expect(isOAuthError(Object.assign(new Error('x'), { name: 'OAuthError', code: 400 }))).toBe(false)
    expect(isOAuthError({ name: 'OAuthError', code: 'access_denied' })).toBe(false)
    for (const value of [undefined, null, 'OAuthError', 5]) expect(isOAuthError(value)).toBe(false)
  })
})

describe('answers to a poll', () => {
  it('8628-7-1 are spelled as registered', () => {
    expect(Object.keys(pollAnswers)).toEqual([
      'authorization_pending',
      'access_denied',
      'expired_token',
      'invalid_grant',
    ])
    for (const [code, answer] of Object.entries(pollAnswers)) expectError(answer, code)
    expectError(slowDownAnswer(10), 'slow_down')
    expect(DEVICE_CODE_GRANT_TYPE).toBe('urn:ietf:params:oauth:grant-type:device_code')
  })

  it('are built once and frozen', () => {
    for (const answer of Object.values(pollAnswers)) expect(Object.isFrozen(answer)).toBe(true)
    expect(slowDownAnswer(10)).toBe(slowDownAnswer(10))
    expect(Object.isFrozen(slowDownAnswer(10))).toBe(true)
  })

  it('slow_down has the interval, for any interval', () => {
    for (let interval = 1; interval <= 300; interval++) expect(json(slowDownAnswer(interval)).interval).toBe(interval)
  })
})
