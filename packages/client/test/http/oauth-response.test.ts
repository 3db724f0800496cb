import { describe, expect, it } from 'vitest'
import { pollDeviceToken } from '../../src/index.ts'
import { FakeClock } from '../../src/testing/index.ts'
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

  it('Retry-After as a date without the header Date counts from the clock, and the first of two values counts', async () => {
    const clock = new FakeClock(Date.UTC(2026, 0, 1))
    const retryAfter = async (headers: [string, string][]): Promise<unknown> => {
      const fetch = async () => new Response('', { status: 503, headers })
      return Reflect.get(await pollDeviceToken(pollRequest, { fetch, clock }), 'retryAfter')
    }
    expect(await retryAfter([['retry-after', 'Thu, 01 Jan 2026 00:01:00 GMT']])).toBe(60)
    const twice: [string, string][] = [
      ['retry-after', '20'],
      ['retry-after', '30'],
    ]
    expect(await retryAfter(twice)).toBe(20)
    expect(await retryAfter([['retry-after', '1.5']])).toBe(1.5)
  })

  it.each<[string, number, object, string]>([
    ['a rate limiter of Fastify', 429, { statusCode: 429, error: 'Too Many Requests', message: 'Slower' }, 'slow_down'],
    ['a rate limiter of Auth0', 429, { error: 'too_many_requests', error_description: 'Slower' }, 'slow_down'],
    ['a rate limiter with another name', 429, { error: 'quota', message: 'Slower' }, 'slow_down'],
    ['a rate limiter with another status', 403, { error: 'rate_limit_exceeded', message: 'Slower' }, 'slow_down'],
    ['the API of Spotify', 429, { error: { status: 429, message: 'Slower' } }, 'slow_down'],
    ['problem details', 429, { type: 'about:blank', title: 'Busy', detail: 'Slower' }, 'slow_down'],
    ['a proxy', 407, { error: 'Proxy Authentication Required', message: 'Slower' }, 'proxy_error'],
    ['a gateway at 408', 408, { error: 'Request Timeout', message: 'Slower' }, 'server_unavailable'],
    ['a gateway at 425', 425, { error: 'Too Early', message: 'Slower' }, 'server_unavailable'],
    ['Nest without the route', 404, { statusCode: 404, error: 'Not Found', message: 'Slower' }, 'invalid_response'],
    ['a gateway at 401', 401, { error: 'Unauthorized', message: 'Slower' }, 'invalid_response'],
    ['a firewall', 403, { error: 'Forbidden', message: 'Slower' }, 'invalid_response'],
  ])('of %s is no decision about the sign-in, and its words are in the message', async (_name, status, json, error) => {
    const result = await poll(answered(json, status))
    expect(result).toMatchObject({ ok: false, error, retryable: true, errorDescription: 'Slower' })
  })

  it.each<[string, number, object, string]>([
    ['Okta', 401, { errorCode: 'invalid_client', errorSummary: 'Why.' }, 'invalid_client'],
    ['Facebook', 400, { error: { code: 'access_denied', message: 'Why.' } }, 'access_denied'],
    ['an RFC error at 429', 429, { error: 'access_denied', error_description: 'Why.' }, 'access_denied'],
    [
      'an error that only this server has',
      400,
      { error: 'user_is_banned', error_description: 'Why.' },
      'user_is_banned',
    ],
  ])('with an error in the manner of %s ends the sign-in, with its words', async (_name, status, json, error) => {
    expect(await poll(answered(json, status))).toMatchObject({ error, retryable: false, errorDescription: 'Why.' })
  })

  it.each([false, 0, null, ''])('with tokens and the error %j is a success', async (error) => {
    expect(await poll(answered({ ok: true, error, access_token: 'at' }))).toMatchObject({ ok: true, accessToken: 'at' })
  })

  it.each([
    ['an object without a text', '[{"toString":0,"valueOf":0}, "profile"]', 'profile'],
    ['lists in lists, deeper than the stack', `["profile", ${'['.repeat(60_000)}${']'.repeat(60_000)}]`, 'profile'],
    ['no text at all', '[[], null, 7]', ''],
  ])('whose scope is a list with %s has its tokens all the same', async (_name, scopes, scope) => {
    const text = `{"access_token":"at","scope":${scopes}}`
    expect(await poll(new Response(text))).toMatchObject({ ok: true, accessToken: 'at', scope })
  })

  it.each([
    ['JSON with something after it', '{"access_token":"SECRET","token_type":"Bearer"}}', 'application/json'],
    ['JSON that breaks off', '{"access_token":"at","refresh_token":"SECRET', 'application/json'],
    ['JSON in UTF-16', [...'{"access_token":"SECRET"}'].join('\0'), 'application/json'],
    ['the names of AWS', '{"deviceCode":"SECRET"', 'application/json'],
    ['a form that is called a page', 'access_token=SECRET&scope=profile', 'text/html'],
  ])('with secrets that cannot be read shows none of them in its message: %s', async (_name, text, type) => {
    const result = await poll(new Response(text, { headers: { 'content-type': type } }))
    expect(result).toMatchObject({ ok: false, error: 'invalid_response', retryable: true })
    expect(!result.ok && result.message).toContain(`HTTP 200 ${type}`)
    expect(JSON.stringify(result)).not.toContain('SECRET')
  })

  it('the words of a page that only names a secret are shown', async () => {
    const page = new Response('<p>The parameter device_code is missing.</p>', {
      headers: { 'content-type': 'text/html' },
    })
    const result = await poll(page)
    expect(!result.ok && result.message).toContain('"The parameter device_code is missing."')
  })

  it('error texts are cut, without control characters', async () => {
    const json = {
      error: 'x\u001b\ud800[2J',
      error_description: `\u202e${'y'.repeat(10_000)}`,
      error_uri: 'https://e.example',
    }
    const result = await poll(answered(json, 400))
    expect(result).toMatchObject({ error: 'x[2J', errorDescription: 'y'.repeat(500), errorUri: 'https://e.example' })
  })
})
