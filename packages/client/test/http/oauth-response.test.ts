import { describe, expect, it } from 'vitest'
import { pollDeviceToken } from '../../src/index.ts'
import { answered, pollRequest } from '../fixtures.ts'

describe('a response', () => {
  const poll = (response: Response): ReturnType<typeof pollDeviceToken> =>
    pollDeviceToken(pollRequest, { fetch: async () => response })

  it('F-50 member names such as __proto__ are ordinary names', async () => {
    const text = '{"__proto__":{"access_token":"x"},"constructor":{"prototype":{"ok":true}},"error":"toString"}'
    const result = await poll(new Response(text, { status: 400, headers: { 'content-type': 'application/json' } }))
    expect(result).toMatchObject({ ok: false, error: 'toString' })
    expect(({} as Record<string, unknown>).access_token).toBeUndefined()
  })

  it.each([
    ['an array', '[1]'],
    ['a string', '"access_token"'],
    ['null', 'null'],
    ['JSON that breaks off', '{"access_token":"at"'],
    ['a token that is not a string', '{"access_token":42}'],
    ['no token', '{}'],
    ['an empty token', '{"access_token":""}'],
  ])('with %s is a failure', async (_name, text) => {
    const json = { headers: { 'content-type': 'application/json' } }
    expect(await poll(new Response(text, json))).toMatchObject({
      ok: false,
      error: 'invalid_response',
      retryable: true,
    })
  })

  it('Retry-After is read in seconds and as a date', async () => {
    const busy = (retryAfter: string): Response =>
      new Response('', { status: 503, headers: { 'retry-after': retryAfter, date: 'Thu, 01 Jan 2026 00:00:00 GMT' } })
    expect(await poll(busy('30'))).toMatchObject({ error: 'server_unavailable', retryAfter: 30 })
    expect(await poll(busy('Thu, 01 Jan 2026 00:01:00 GMT'))).toMatchObject({ retryAfter: 60 })
    expect(await poll(busy('Wed, 31 Dec 2025 00:00:00 GMT'))).toMatchObject({ retryAfter: 0 })
    expect(await poll(busy('99999999999999999999'))).toMatchObject({ retryAfter: 86_400 })
    expect(await poll(busy('soon'))).not.toHaveProperty('retryAfter')
  })

  it.each([
    ['access_denied', 500, 'access_denied'],
    ['authorization_pending', 503, 'authorization_pending'],
    ['invalid_grant', 500, 'server_unavailable'],
    ['invalid_scope', 500, 'invalid_scope'],
    ['unauthorized_client', 500, 'unauthorized_client'],
    ['unsupported_grant_type', 503, 'unsupported_grant_type'],
    ['Bad Gateway', 502, 'server_unavailable'],
  ])(
    'with the error %s and status %d is %s: no gateway sends the errors of RFC 8628',
    async (error, status, expected) => {
      expect(await poll(answered({ error }, status))).toMatchObject({ error: expected })
    },
  )

  it('error texts are cut, without control characters', async () => {
    const json = {
      error: 'x\u001b[2J',
      error_description: `\u202e${'y'.repeat(10_000)}`,
      error_uri: 'https://e.example',
    }
    const result = await poll(answered(json, 400))
    expect(result).toMatchObject({ error: 'x[2J', errorDescription: 'y'.repeat(500), errorUri: 'https://e.example' })
  })
})
