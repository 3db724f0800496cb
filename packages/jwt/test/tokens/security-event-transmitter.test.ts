import { createPublicKey } from 'node:crypto'
import { createDeviceAuth, type DeviceAuth, type DeviceAuthEvents, deviceClient } from '@device-auth/core'
import { toFetchHandler } from '@device-auth/core/fetch'
import { jwtVerify } from 'jose'
import { describe, expect, it } from 'vitest'
import {
  jwtAccessTokens,
  type SecurityEventTransmitterOptions,
  securityEventTransmitter,
  securityEventVerifier,
} from '../../src/index.ts'
import { keyOf, start } from '../server.ts'

const keys = keyOf('ES256')
const sessionRevoked = 'https://schemas.openid.net/secevent/caep/event-type/session-revoked'
const signedOut: DeviceAuthEvents['signedOut'] = { at: start, grantId: 'g', clientId: 'tv', subject: 'ada', by: 'user' }

/** A receiver that answers with these statuses, one after the other, and keeps what it got. `0`: the connection breaks. */
function receiver(...statuses: readonly number[]) {
  const requests: Request[] = []
  const push: typeof fetch = async (url, init) => {
    requests.push(new Request(url, init))
    const status = statuses[requests.length - 1] ?? 202
    if (status === 0) throw new TypeError('fetch failed')
    return new Response(null, { status, headers: { location: 'https://elsewhere.example.com' } })
  }
  return { requests, push }
}

function transmitter(push: typeof fetch, more: Partial<SecurityEventTransmitterOptions> = {}) {
  return securityEventTransmitter({
    issuer: 'https://a.example.com/oauth',
    keys,
    audience: 'https://b.example.com/oauth',
    endpoint: 'https://b.example.com/oauth/events',
    retryDelays: [0, 0],
    clock: () => start,
    fetch: push,
    ...more,
  })
}

describe('securityEventTransmitter', () => {
  it('8935-2.1, 8417-2.2 pushes a token that jose alone verifies', async () => {
    const { requests, push } = receiver()
    await transmitter(push, { authorization: () => 'Bearer of-the-receiver' })({ ...signedOut, by: 'reuse' })
    const [request] = requests
    expect({ method: request?.method, url: request?.url, headers: Object.fromEntries(request?.headers ?? []) }).toEqual(
      {
        method: 'POST',
        url: 'https://b.example.com/oauth/events',
        headers: {
          accept: 'application/json',
          authorization: 'Bearer of-the-receiver',
          'content-type': 'application/secevent+jwt',
        },
      },
    )
    const { payload, protectedHeader } = await jwtVerify((await request?.text()) ?? '', createPublicKey(keys), {
      typ: 'secevent+jwt',
      currentDate: new Date(start),
    })
    expect(protectedHeader).toEqual({ alg: 'ES256', typ: 'secevent+jwt', kid: expect.any(String) })
    expect(payload).toEqual({
      iss: 'https://a.example.com/oauth',
      aud: 'https://b.example.com/oauth',
      iat: start / 1000,
      jti: expect.stringMatching(/^[\w-]{43}$/),
      sub_id: {
        format: 'complex',
        user: { format: 'iss_sub', iss: 'https://a.example.com/oauth', sub: 'ada' },
        session: { format: 'opaque', id: 'g' },
      },
      events: {
        [sessionRevoked]: {
          event_timestamp: start / 1000,
          initiating_entity: 'policy',
          reason_admin: { en: 'A device code or refresh token was used twice.' },
        },
      },
    })
  })

  it('says who ended the session only as far as it is known, and never dates an event later than its token', async () => {
    const { requests, push } = receiver()
    const send = transmitter(push, { sender: 'https://b.example.com/oauth' })
    for (const by of ['user', 'client', 'application'] as const) await send({ ...signedOut, by, at: start + 5000 })
    await send({ ...signedOut, by: 'signal', sender: 'https://c.example.com' })
    const details = await Promise.all(requests.map(async (request) => (await claimsOf(request)).events[sessionRevoked]))
    expect(details).toEqual([
      { event_timestamp: start / 1000, initiating_entity: 'user' },
      { event_timestamp: start / 1000 },
      { event_timestamp: start / 1000 },
      { event_timestamp: start / 1000, initiating_entity: 'system' },
    ])
  })

  it('8417-2.2 gives the same event the same `jti`, and each session and receiver another one', async () => {
    const { requests, push } = receiver()
    await transmitter(push)(signedOut)
    await transmitter(push, { clock: () => start + 60_000 })(signedOut)
    await transmitter(push)({ ...signedOut, grantId: 'h' })
    await transmitter(push, { audience: 'https://c.example.com' })(signedOut)
    const [first, again, ...others] = await Promise.all(requests.map(async (request) => (await claimsOf(request)).jti))
    expect(again).toBe(first)
    expect(new Set([first, ...others]).size).toBe(3)
  })

  it('names the session in the words of the receiver, and leaves out users that it does not know', async () => {
    const { requests, push } = receiver()
    const send = transmitter(push, {
      subject: async ({ subject }) => (subject === 'ada' ? { format: 'email', email: 'ada@example.com' } : undefined),
    })
    await send(signedOut)
    await send({ ...signedOut, subject: 'eve' })
    expect(requests).toHaveLength(1)
    expect((await claimsOf(requests[0])).sub_id).toEqual({ format: 'email', email: 'ada@example.com' })
  })

  it.each([
    ['the first time', [202], 1, undefined],
    ['after a broken connection and a 503', [0, 503, 202], 3, undefined],
    ['after 429 and 408', [429, 408], 3, undefined],
    ['not if it refuses the token', [400, 202], 1, /answered 400/],
    ['not at an address to which it redirects', [307, 202], 1, /answered 307/],
    ['not if it never answers', [0, 0, 0, 202], 3, /fetch failed/],
    ['not if it is down for long', [500, 502, 504, 202], 3, /answered 504/],
  ])('8935-2.1 the receiver takes the token %s', async (_name, statuses, attempts, failure) => {
    const { requests, push } = receiver(...statuses)
    const sent = transmitter(push)(signedOut)
    if (failure === undefined) await sent
    else await expect(sent).rejects.toThrow(failure)
    const tokens = await Promise.all(requests.map((request) => request.text()))
    expect(tokens).toHaveLength(attempts)
    // 8935-2.1: the same token, so that the receiver can tell that it was sent again
    expect(new Set(tokens).size).toBe(1)
  })

  it('pushes ten at a time; the others wait in the order of the events', async () => {
    const release: (() => void)[] = []
    const { requests, push } = receiver()
    const send = transmitter(async (url, init) => {
      await new Promise<void>((resolve) => release.push(resolve))
      return push(url, init)
    })
    const all = Promise.all(Array.from({ length: 25 }, (_, index) => send({ ...signedOut, grantId: String(index) })))
    for (let done = 0; done < 25; done++) {
      const expected = Math.min(25, done + 10)
      await expect.poll(() => release).toHaveLength(expected)
      release[done]?.()
      await expect.poll(() => requests).toHaveLength(done + 1)
    }
    await all
    const ids = await Promise.all(requests.map(async (request) => (await claimsOf(request)).sub_id.session.id))
    // the first ten are signed side by side
    const inOrder = [...ids.slice(0, 10).toSorted(), ...ids.slice(10)]
    expect(inOrder).toEqual(Array.from({ length: 25 }, (_, index) => String(index)))
  })

  it.each([
    [{ endpoint: 'http://b.example.com/events' }, 'option `endpoint`'],
    [{ audience: undefined }, 'option `audience`'],
    [{ keys: createPublicKey(keys) }, '`keys`'],
    [{ retryDelays: [-1] }, 'option `retryDelays`'],
    [{ retryDelays: Array.from({ length: 11 }, () => 1) }, 'option `retryDelays`'],
    [{ reciever: 'x' }, '`reciever`'],
  ])('%o is refused', (wrong, expected) => {
    expect(() => transmitter(fetch, Object(wrong))).toThrow(expected)
  })
})

async function claimsOf(request: Request | undefined) {
  const [, payload = ''] = ((await request?.clone().text()) ?? '').split('.')
  return JSON.parse(Buffer.from(payload, 'base64url').toString())
}

/** Servers that push to one another: each ends the sign-ins of a user of whom it gets a signal. */
function servers(...names: readonly string[]) {
  const pushes: string[] = []
  const handlers = new Map<string, (request: Request) => Promise<Response>>()
  const send: typeof fetch = async (url, init) => {
    const { hostname, pathname } = new URL(String(url))
    if (init?.method === 'POST') pushes.push(hostname)
    const handle = handlers.get(hostname)
    if (handle === undefined) throw new TypeError('fetch failed')
    return handle(new Request(`https://${hostname}${pathname}`, init))
  }
  const made = names.map((name) => startServer(name, names, send))
  for (const { name, deviceAuth } of made) handlers.set(name, toFetchHandler(deviceAuth))
  return { made, pushes }
}

const issuerOf = (name: string): string => `https://${name}`

function startServer(name: string, names: readonly string[], send: typeof fetch) {
  const accessToken = jwtAccessTokens({ keys, audience: 'https://api.example.com' })
  const others = names.filter((other) => other !== name)
  const verifiers = others.map((other) =>
    securityEventVerifier({
      issuer: issuerOf(other),
      audience: issuerOf(name),
      jwksUri: `${issuerOf(other)}/jwks`,
      clock: () => start,
      fetch: send,
    }),
  )
  const deviceAuth = createDeviceAuth({
    issuer: issuerOf(name),
    clients: [deviceClient({ client_id: 'tv', scope: 'profile' })],
    loginUrl: '/login',
    accessToken,
    clock: () => start,
    paths: { securityEvents: '/events' },
    signals: {
      verify: async (token) => (await Promise.all(verifiers.map((verify) => verify(token)))).find(Boolean),
      findSubject: ({ user }) => Object(user).sub,
      endSessions: () => undefined,
    },
    hooks: { onError: () => undefined },
  })
  for (const other of others) {
    const transmit = transmitter(send, {
      issuer: issuerOf(name),
      audience: issuerOf(other),
      endpoint: `${issuerOf(other)}/events`,
      sender: issuerOf(other),
    })
    deviceAuth.on('signedOut', transmit)
  }
  return { name, deviceAuth }
}

async function signIn(deviceAuth: DeviceAuth): Promise<string> {
  const handle = toFetchHandler(deviceAuth)
  const post = async (path: string, form: Record<string, string>): Promise<Readonly<Record<string, string>>> => {
    const request = new Request(`https://x${path}`, { method: 'POST', body: new URLSearchParams(form) })
    return (await (await handle(request)).json()) as Record<string, string>
  }
  const { user_code = '', device_code = '' } = await post('/device_authorization', { client_id: 'tv' })
  await deviceAuth.approve(user_code, { subject: 'ada' })
  const grant_type = 'urn:ietf:params:oauth:grant-type:device_code'
  const { access_token = '' } = await post('/token', { client_id: 'tv', device_code, grant_type })
  return access_token
}

const isAlive = async (deviceAuth: DeviceAuth, token: string): Promise<boolean> =>
  (await deviceAuth.authenticate(token)) !== undefined

describe('servers that tell one another', () => {
  it('8935-2.2 the receiver of another server ends the sign-ins of the user, and sends nothing back', async () => {
    const { made, pushes } = servers('a.example.com', 'b.example.com')
    const [a, b] = made.map(({ deviceAuth }) => deviceAuth)
    if (a === undefined || b === undefined) throw new Error('no servers')
    await signIn(a)
    const tokens = [await signIn(b), await signIn(b)]
    await a.devices.revokeAll('ada')
    for (const token of tokens) await expect.poll(() => isAlive(b, token)).toBe(false)
    expect(pushes).toEqual(['b.example.com'])
  })

  it('a server hands a signal on to a third one, and all become silent', async () => {
    const { made, pushes } = servers('a.example.com', 'b.example.com', 'c.example.com')
    const tokens: [DeviceAuth, string][] = []
    for (const { deviceAuth } of made) tokens.push([deviceAuth, await signIn(deviceAuth)])
    await made[0]?.deviceAuth.devices.revokeAll('ada')
    for (const [deviceAuth, token] of tokens) await expect.poll(() => isAlive(deviceAuth, token)).toBe(false)
    // a tells both others, and each of them tells the one of whom it did not hear
    await expect.poll(() => pushes).toHaveLength(4)
    for (let turn = 0; turn < 50; turn++) await new Promise(setImmediate)
    expect(pushes).toHaveLength(4)
  })

  it('a receiver that is away changes nothing for the user: it is told as a failure', async () => {
    const { made } = servers('a.example.com')
    const [{ deviceAuth } = { deviceAuth: undefined }] = made
    if (deviceAuth === undefined) throw new Error('no server')
    const failures: string[] = []
    deviceAuth.on('failed', ({ operation, error }) => failures.push(`${operation}: ${error}`))
    deviceAuth.on('signedOut', transmitter(receiver(500, 500, 500).push))
    const token = await signIn(deviceAuth)
    expect(await deviceAuth.devices.revokeAll('ada')).toBe(1)
    expect(await isAlive(deviceAuth, token)).toBe(false)
    await expect.poll(() => failures).toHaveLength(1)
    expect(failures[0]).toContain('answered 500')
  })

  it('what Global Token Revocation or an unnamed receiver may have sent is not sent back', async () => {
    const { requests, push } = receiver()
    await transmitter(push)({ ...signedOut, by: 'signal', sender: 'https://c.example.com' })
    await transmitter(push, { sender: 'https://b.example.com' })({ ...signedOut, by: 'signal' })
    expect(requests).toEqual([])
  })
})
