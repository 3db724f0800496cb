import { describe, expect, it } from 'vitest'
import type { Hooks } from '../../src/contract/hooks.ts'
import type { DeviceCredential, UserGrant } from '../../src/contract/store.ts'
import { hashSecret } from '../../src/crypto/secrets.ts'
import type { OAuthResponse } from '../../src/http.ts'
import type { DeviceAuthorizationResponse } from '../../src/protocol.ts'
import { MemoryStore } from '../../src/stores/memory/memory-store.ts'
import {
  basic,
  confSecret,
  createTestServer,
  expectError,
  expectToken,
  postSecret,
  type TestServer,
} from '../server.ts'

/** The identity of a client in its requests: the form parameters and the headers of its requests. */
interface Device {
  readonly parameters: Readonly<Record<string, string>>
  readonly headers: Readonly<Record<string, string>>
}

const devices = {
  tv: { parameters: { client_id: 'tv' }, headers: {} },
  conf: { parameters: {}, headers: basic('conf', confSecret) },
  post: { parameters: { client_id: 'post', client_secret: postSecret }, headers: {} },
} satisfies Readonly<Record<string, Device>>

/** The steps that bring a code into each state. */
const states = {
  pending: async () => {},
  approved: (server, { user_code: userCode }) => server.approve(userCode),
  denied: (server, { user_code: userCode }) => server.deviceAuth.deny(userCode),
  expired: async ({ clock }) => clock.advance(600),
  'approved and expired': async (server, codes) => {
    await states.approved(server, codes)
    server.clock.advance(600)
  },
  'denied and expired': async (server, codes) => {
    await states.denied(server, codes)
    server.clock.advance(600)
  },
  redeemed: async (server, codes, device) => {
    await states.approved(server, codes)
    expectToken(await pollAs(server, codes.device_code, device))
  },
  'redeemed and used': async (server, codes, device) => {
    await states.approved(server, codes)
    const { access_token: token } = expectToken(await pollAs(server, codes.device_code, device))
    expect(await server.deviceAuth.authenticate(token)).toBeDefined()
  },
  'redeemed long ago': async (server, codes, device) => {
    await states.redeemed(server, codes, device)
    server.clock.advance(31)
  },
  cancelled: (server, { device_code: token }, { parameters, headers }) =>
    server.revoke({ ...parameters, token }, { headers }),
  revoked: async (server, codes, device) => {
    await states.redeemed(server, codes, device)
    expect(await server.deviceAuth.devices.revokeAll('alice')).toBe(1)
  },
  forgotten: async ({ clock }) => clock.advance(1200),
} satisfies Record<string, (server: TestServer, codes: DeviceAuthorizationResponse, device: Device) => Promise<unknown>>

type State = keyof typeof states
const stateNames = Object.keys(states) as State[]

/** The answer to the client of the code; without an error: its tokens. */
const answers: Record<State, string | undefined> = {
  pending: 'authorization_pending',
  approved: undefined,
  denied: 'access_denied',
  expired: 'expired_token',
  'approved and expired': 'expired_token',
  'denied and expired': 'expired_token',
  redeemed: undefined,
  'redeemed and used': 'invalid_grant',
  'redeemed long ago': 'invalid_grant',
  cancelled: 'expired_token',
  revoked: 'invalid_grant',
  forgotten: 'invalid_grant',
}

function pollAs(server: TestServer, code: string, { parameters, headers }: Device): Promise<OAuthResponse> {
  return server.poll(code, parameters, { headers })
}

function expectAnswer(response: OAuthResponse, error: string | undefined): void {
  if (error === undefined) expectToken(response)
  else expectError(response, error)
}

/** A code in a state; `early`: its client has just polled, so that a poll of a pending code comes too early. */
async function codeIn(
  state: State,
  server: TestServer,
  device: Device = devices.tv,
  timing: 'early' | 'on time' = 'on time',
): Promise<string> {
  const codes = await server.start({ ...device.parameters, scope: 'profile' }, { headers: device.headers })
  if (timing === 'early') expectError(await pollAs(server, codes.device_code, device), 'authorization_pending')
  await states[state](server, codes, device)
  return codes.device_code
}

describe('8628-3.5-1 8628-3.5-2 8628-3.5-7 8628-3.5-8 what a poll is answered, by state', () => {
  const matrix = stateNames.flatMap((state) =>
    (['on time', 'early'] as const).flatMap((timing) =>
      (['tv', 'conf', 'post'] as const).map((client) => [state, timing, client] as const),
    ),
  )

  it.each(matrix)('8628-3.5-1 8628-3.5-3 %s, %s, to %s', async (state, timing, client) => {
    const server = createTestServer()
    const code = await codeIn(state, server, devices[client], timing)
    const early = state === 'pending' && timing === 'early'
    expectAnswer(await pollAs(server, code, devices[client]), early ? 'slow_down' : answers[state])
  })

  it.each(stateNames.filter((state) => state !== 'pending'))(
    '8628-3.5-7 8628-3.5-8 %s is told again and again, whatever the pace',
    async (state) => {
      const server = createTestServer()
      const code = await codeIn(state, server)
      const first = await server.poll(code)
      for (let poll = 0; poll < 5; poll++) expect(await server.poll(code)).toEqual(first)
    },
  )

  it.each(stateNames)(
    '8628-3.4-5 F-36 %s: another client gets the bytes of an unknown code, and changes nothing',
    async (state) => {
      const server = createTestServer()
      const code = await codeIn(state, server)
      for (const device of [{ parameters: { client_id: 'tv2' }, headers: {} }, devices.conf, devices.post]) {
        const unknown = await pollAs(server, 'x'.repeat(43), device)
        expectError(unknown, 'invalid_grant')
        for (let time = 0; time < 3; time++) expect(await pollAs(server, code, device)).toEqual(unknown)
      }
      expectError(await server.poll(code, { client_id: 'unknown' }), 'invalid_client', 401)
      expectError(await server.poll(code, { client_id: 'nogrant' }), 'unauthorized_client')
      expectError(await server.poll(code, {}), 'invalid_request')
      expectAnswer(await server.poll(code), answers[state])
    },
  )

  it.each(stateNames.flatMap((state) => (['conf', 'post'] as const).map((client) => [state, client] as const)))(
    '8628-3.4-4 %s: without its secret %s learns and changes nothing',
    async (state, client) => {
      const server = createTestServer()
      const code = await codeIn(state, server, devices[client])
      const failed = await server.poll('x'.repeat(43), { client_id: client })
      expectError(failed, 'invalid_client', 401)
      expect(failed.headers).not.toHaveProperty('www-authenticate')
      const attempts = [
        await server.poll(code, { client_id: client }),
        await server.poll(code, { client_id: client, client_secret: 'wrong' }),
        await server.poll(code, {}, { headers: basic(client, 'wrong') }),
        await server.poll(code, {}, { headers: basic(client, '') }),
      ]
      for (const attempt of attempts) expect(attempt.body).toBe(failed.body)
      for (const attempt of attempts) expectError(attempt, 'invalid_client', 401)
      expect(attempts.slice(2).map(({ headers }) => headers['www-authenticate'])).toEqual(
        Array(2).fill(expect.stringMatching(/^Basic realm="/)),
      )
      expectAnswer(await pollAs(server, code, devices[client]), answers[state])
    },
  )

  it('8628-3.5-7 8628-3.5-8 denial and expiry stay told for another lifetime, then the code is unknown', async () => {
    const server = createTestServer()
    const denied = await codeIn('denied', server)
    const pending = await codeIn('pending', server)
    for (const elapsed of [0, 300, 299]) {
      server.clock.advance(elapsed)
      expectError(await server.poll(denied), 'access_denied')
    }
    for (const elapsed of [1, 300, 299]) {
      server.clock.advance(elapsed)
      expectError(await server.poll(pending), 'expired_token')
      expectError(await server.poll(denied), 'expired_token')
    }
    server.clock.advance(1)
    expectError(await server.poll(pending), 'invalid_grant')
    expectError(await server.poll(denied), 'invalid_grant')
  })

  it('F-07 an approval in time that is polled for too late is expired; one that comes too late is none', async () => {
    const server = createTestServer()
    const [early, late] = [await server.start(), await server.start()]
    server.clock.advance(599.999)
    await server.approve(early.user_code)
    server.clock.advance(0.001)
    expect(await server.deviceAuth.approve(late.user_code, { subject: 'alice' })).toBe('unknown')
    expectError(await server.poll(early.device_code), 'expired_token')
    expectError(await server.poll(late.device_code), 'expired_token')
  })

  it('8628-3.4-2 a missing, empty or repeated device_code is invalid_request', async () => {
    const server = createTestServer()
    const grant = 'urn:ietf:params:oauth:grant-type:device_code'
    expectError(await server.token({ grant_type: grant, client_id: 'tv' }), 'invalid_request')
    expectError(await server.poll(''), 'invalid_request')
    const twice = [
      ['grant_type', grant],
      ['client_id', 'tv'],
      ['device_code', 'a'],
      ['device_code', 'a'],
    ] as const
    expectError(await server.token(twice), 'invalid_request')
  })

  it.each(['device_code', 'URN:IETF:PARAMS:OAUTH:GRANT-TYPE:DEVICE_CODE', 'password', 'toString'])(
    '8628-3.4-1 9700-2.4-1 the grant type %s is none',
    async (grantType) => {
      const server = createTestServer()
      expectError(await server.token({ grant_type: grantType, client_id: 'tv' }), 'unsupported_grant_type')
    },
  )
})

describe('pacing', () => {
  const interval = (response: OAuthResponse): number => {
    expectError(response, 'slow_down')
    return Number(JSON.parse(response.body).interval)
  }

  it('8628-3.5-4 each slow_down adds 5 seconds that are kept, up to 60', async () => {
    const server = createTestServer()
    const { device_code: code } = await server.start()
    expectError(await server.poll(code), 'authorization_pending')
    const told: number[] = []
    for (let poll = 0; poll < 13; poll++) {
      server.clock.advance(1)
      told.push(interval(await server.poll(code)))
    }
    expect(told).toEqual([10, 15, 20, 25, 30, 35, 40, 45, 50, 55, 60, 60, 60])
    server.clock.advance(60 - 13 - 2)
    interval(await server.poll(code))
    server.clock.advance(1)
    expectError(await server.poll(code), 'authorization_pending')
    server.clock.advance(58)
    interval(await server.poll(code))
  })

  it.each([5, 4])('F-10 a steady client that polls every %d seconds is never slowed down', async (seconds) => {
    const server = createTestServer()
    const { device_code: code } = await server.start()
    for (let elapsed = 0; elapsed + seconds < 600; elapsed += seconds) {
      expectError(await server.poll(code), 'authorization_pending')
      server.clock.advance(seconds)
    }
  })

  it('F-10 a burst raises the interval once', async () => {
    const server = createTestServer()
    const { device_code: code } = await server.start()
    const burst = await Promise.all(Array.from({ length: 5 }, () => server.poll(code)))
    const errors = burst.map((response) => JSON.parse(response.body))
    expect(errors.filter(({ error }) => error === 'authorization_pending')).toHaveLength(1)
    expect(errors.filter(({ interval }) => interval === 10)).toHaveLength(4)
  })

  it.each(['approve', 'deny', 'expire'] as const)('8628-3.5-3 pacing never hides a decision: %s', async (decision) => {
    const server = createTestServer()
    const { device_code: code, user_code: userCode } = await server.start()
    await server.poll(code)
    interval(await server.poll(code))
    if (decision === 'approve') await server.approve(userCode)
    if (decision === 'deny') await server.deviceAuth.deny(userCode)
    if (decision === 'expire') server.clock.advance(600)
    const response = await server.poll(code)
    if (decision === 'approve') expectToken(response)
    else expectError(response, decision === 'deny' ? 'access_denied' : 'expired_token')
  })

  it('8628-3.4-6 200 polls leave the request intact', async () => {
    const server = createTestServer()
    const { device_code: code, user_code: userCode } = await server.start()
    for (let poll = 0; poll < 200; poll++) {
      await server.poll(code)
      server.clock.advance(2)
    }
    await server.approve(userCode)
    expectToken(await server.poll(code))
  })

  it('F-25 a clock that steps back does not lock a device out', async () => {
    const server = createTestServer()
    const { device_code: code } = await server.start()
    await server.poll(code)
    server.clock.advance(-120)
    expectError(await server.poll(code), 'authorization_pending')
  })
})

describe('decisions that the application keeps', () => {
  /** A server whose application answers every `queryUserGrant` with this. */
  function decidedServer(userGrant: UserGrant, more: Partial<Hooks> = {}): TestServer {
    return createTestServer({ hooks: { queryUserGrant: () => userGrant, ...more } })
  }

  it('9700-4.14-1 V25 a scope that was not requested is an error, and decides nothing', async () => {
    const server = decidedServer({ subject: 'alice', approved: true, scope: 'profile email' })
    const { device_code: code, user_code: userCode } = await server.start({ client_id: 'tv', scope: 'profile' })
    expectError(await server.poll(code), 'authorization_pending')
    expect(server.errors.map(String)).toEqual([expect.stringMatching('a scope that was not requested')])
    expect(await server.deviceAuth.find(userCode)).toBeDefined()
    expect(await server.deviceAuth.devices.list('alice')).toEqual([])
  })

  it.each(['', 'profile'])('V25 the scope %j is within what was requested', async (scope) => {
    const server = decidedServer({ subject: 'alice', approved: true, scope })
    const { device_code: code } = await server.start({ client_id: 'tv', scope: 'profile email' })
    expect(expectToken(await server.poll(code)).scope).toBe(scope)
  })

  it('an approval by nobody is an error; a denial needs no subject', async () => {
    for (const subject of ['', 'x\ud800']) {
      const nobody = decidedServer({ subject, approved: true, scope: 'profile' })
      expectError(await nobody.poll((await nobody.start()).device_code), 'authorization_pending')
      expect(nobody.errors.map(String)).toEqual([expect.stringMatching('empty subject')])
    }
    const denied = decidedServer({ subject: '', approved: false, scope: '' })
    expectError(await denied.poll((await denied.start()).device_code), 'access_denied')
  })

  it('8628-3.5-4 a decision that the store refuses does not slow the device down', async () => {
    const store = new MemoryStore()
    let userGrant: UserGrant | undefined
    const server = createTestServer({ store, hooks: { queryUserGrant: () => userGrant } })
    const { device_code: code } = await server.start()
    // alice has opened the page with this code: it is not bob's to decide
    expect(store.claim(hashSecret(code), { subject: 'alice', browser: 'phone' }, server.clock())).toBe('claimed')
    userGrant = { subject: 'bob', approved: true, scope: 'profile' }
    for (let poll = 0; poll < 5; poll++) {
      expectError(await server.poll(code), 'authorization_pending')
      server.clock.advance(5)
    }
    userGrant = { subject: 'alice', approved: true, scope: 'profile' }
    const { access_token: token } = expectToken(await server.poll(code))
    expect(await server.deviceAuth.authenticate(token)).toMatchObject({ subject: 'alice' })
  })

  /** A server whose application keeps the credential, with the decision in it. */
  function keptServer(): TestServer & { decide(userGrant: unknown): void } {
    let kept: DeviceCredential | undefined
    const server = createTestServer({
      hooks: {
        saveDeviceCredential: (credential) => {
          kept = credential
          return true
        },
        queryDeviceCredential: () => kept,
      },
    })
    const decide = (userGrant: unknown): void => {
      kept = JSON.parse(JSON.stringify({ ...kept, userGrant }))
    }
    return { ...server, decide }
  }

  it.each(['before', 'after'])('a decision in the credential that it keeps counts, %s the first poll', async (when) => {
    const server = keptServer()
    const { device_code: code } = await server.start()
    if (when === 'after') expectError(await server.poll(code), 'authorization_pending')
    server.decide({ subject: 'alice', approved: true, scope: 'profile' })
    expect(expectToken(await server.poll(code)).scope).toBe('profile')
    expect(await server.deviceAuth.devices.list('alice')).toHaveLength(1)
  })

  it.each(['yes', 'true', 1, null])(
    'V21 approved: %j in it is an error, neither approval nor denial',
    async (approved) => {
      const server = keptServer()
      const { device_code: code } = await server.start()
      server.decide({ subject: 'alice', approved, scope: 'profile' })
      expectError(await server.poll(code), 'authorization_pending')
      expect(server.errors.map(String)).toEqual([expect.stringMatching('queryUserGrant must return')])
      server.decide({ subject: 'alice', approved: true, scope: 'profile' })
      expectToken(await server.poll(code))
    },
  )
})
