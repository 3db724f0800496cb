// Go's x/oauth2 sends each poll twice within milliseconds: by Basic, and after any error, authorization_pending too, once more
// in the form. Only the second answer counts. See `RetrieveToken` in its internal/token.go.
import { describe, expect, it } from 'vitest'
import type { OAuthResponse } from '../../src/http.ts'
import { deviceClient } from '../../src/protocol.ts'
import { MemoryStore } from '../../src/stores/memory/memory-store.ts'
import { faultyStore } from '../../src/testing/faulty-store.ts'
import { basic, createTestServer, expectToken, json, type TestServer } from '../server.ts'

/** One poll of x/oauth2 with AuthStyleAutoDetect: returns the answer that it goes by. */
async function probe(server: TestServer, deviceCode: string, clientId = 'tv', secret = ''): Promise<OAuthResponse> {
  const inHeader = await server.poll(deviceCode, { client_id: clientId }, { headers: basic(clientId, secret) })
  if (inHeader.status === 200) return inHeader
  server.clock.advance(0.03)
  const client = { client_id: clientId, ...(secret === '' ? {} : { client_secret: secret }) }
  return server.poll(deviceCode, client)
}

/** Polls until the token comes, as x/oauth2 does. @returns the errors on the way, and the seconds until the token */
async function signIn(server: TestServer, approvedAfter: number): Promise<{ heard: unknown[]; seconds: number }> {
  const codes = await server.start()
  const heard: unknown[] = []
  let { interval = 5 } = codes
  for (let seconds = interval; ; seconds += interval) {
    server.clock.advance(interval)
    if (seconds >= approvedAfter) await server.deviceAuth.approve(codes.user_code, { subject: 'ada' })
    const answer = await probe(server, codes.device_code)
    if (answer.status === 200) return { heard, seconds }
    const { error } = json(answer)
    heard.push(error)
    if (error === 'slow_down') interval += 5
  }
}

describe('a client that sends each poll in two styles', () => {
  it.each([1, 2, 5, 10])('8628-3.5-3 is never too fast at an interval of %i s', async (interval) => {
    const server = createTestServer({ interval })
    const { heard, seconds } = await signIn(server, 62)
    expect(new Set(heard)).toEqual(new Set(['authorization_pending']))
    expect(seconds - 62).toBeLessThanOrEqual(interval + 1)
  })

  it.each([[['client_secret_basic', 'client_secret_post']], [['client_secret_post']]])(
    '8628-3.5-3 with a secret, registered for %j: asks by its id, is never too fast, and gets its tokens',
    async (methods) => {
      const go = deviceClient({
        client_id: 'go',
        client_secret: 'go-secret',
        token_endpoint_auth_methods: methods,
        device_authorization_endpoint_auth_method: 'none',
      })
      const server = createTestServer({ clients: [go], scopes: {} })
      const codes = await server.start({ client_id: 'go' })
      for (let poll = 0; poll < 3; poll++) {
        expect(json(await probe(server, codes.device_code, 'go', 'go-secret')).error).toBe('authorization_pending')
        server.clock.advance(5)
      }
      await server.approve(codes.user_code)
      expectToken(await probe(server, codes.device_code, 'go', 'go-secret'))
    },
  )

  it('8628-3.5-3 with hooks that decide the pace: the twin is not too fast either', async () => {
    const verdicts: boolean[] = []
    const shouldSlowDown = (_credential: unknown, _now: number, tooFast: boolean): boolean => {
      verdicts.push(tooFast)
      return tooFast
    }
    const server = createTestServer({ hooks: { shouldSlowDown } })
    const { device_code: deviceCode } = await server.start()
    expect(json(await probe(server, deviceCode)).error).toBe('authorization_pending')
    expect(verdicts).toEqual([false, false])
  })

  it('8628-3.5-3 is too fast when it hurries: each further pair within the interval', async () => {
    const server = createTestServer()
    const { device_code: deviceCode } = await server.start()
    expect(json(await probe(server, deviceCode)).error).toBe('authorization_pending')
    expect(json(await probe(server, deviceCode))).toMatchObject({ error: 'slow_down', interval: 10 })
    server.clock.advance(2)
    expect(json(await probe(server, deviceCode))).toMatchObject({ error: 'slow_down', interval: 15 })
  })

  it('hears of a decision that was made between the two polls', async () => {
    const server = createTestServer()
    const codes = await server.start()
    const first = await server.poll(codes.device_code, { client_id: 'tv' }, { headers: basic('tv', '') })
    expect(json(first).error).toBe('authorization_pending')
    await server.approve(codes.user_code)
    expectToken(await server.poll(codes.device_code))
  })

  it('costs one store call a poll', async () => {
    const steps: string[] = []
    const store = faultyStore(new MemoryStore(), (step) => void steps.push(step))
    const server = createTestServer({
      store,
      secret: 'Zq3vT8mK1xW6rB0nY5cH9dL2sJ7pF4gA',
      clients: [deviceClient({ client_id: 'tv' })],
    })
    const { device_code: deviceCode } = await server.start()
    steps.length = 0
    await probe(server, deviceCode)
    expect(steps).toEqual(['pollDeviceCredential', 'pollDeviceCredential'])
  })
})
