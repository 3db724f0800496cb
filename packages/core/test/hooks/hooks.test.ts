import { setImmediate } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { OptionError } from '../../src/checks.ts'
import type { HookName, Hooks } from '../../src/contract/hooks.ts'
import type { DeviceCredential, UserGrant } from '../../src/contract/store.ts'
import { hashSecret } from '../../src/crypto/secrets.ts'
import { OAuthError } from '../../src/errors.ts'
import { DeviceAuthHooks } from '../../src/hooks/default.ts'
import type { OAuthResponse } from '../../src/http.ts'
import type { TokenResponse } from '../../src/protocol.ts'
import { createDeviceAuth } from '../../src/server/create-device-auth.ts'
import type { StoreStep } from '../../src/stores/forward-steps.ts'
import { MemoryStore } from '../../src/stores/memory/memory-store.ts'
import { faultyStore } from '../../src/testing/faulty-store.ts'
import {
  basic,
  clients,
  confSecret,
  createTestServer,
  expectError,
  expectToken,
  issuer,
  type TestServer,
  type TestServerOptions,
} from '../server.ts'

const headers = basic('conf', confSecret)
const alice = { id: 'alice', name: 'Alice' }

/** All hooks: the request that calls each, and `store` if it stands for the store. */
const hooks: {
  readonly [Name in Exclude<HookName, 'onError'>]: readonly [
    at: 'codes' | 'pending' | 'approved' | 'page' | 'decision',
    kind: 'store' | 'hook',
  ]
} = {
  generateUserCode: ['codes', 'hook'],
  generateDeviceCode: ['codes', 'hook'],
  getVerificationUri: ['codes', 'hook'],
  saveDeviceCredential: ['codes', 'store'],
  authenticateClient: ['codes', 'hook'],
  verifyClientSecret: ['codes', 'hook'],
  validateRequestedScope: ['codes', 'hook'],
  describeRequester: ['codes', 'hook'],
  resolveLoginHint: ['codes', 'hook'],
  validateTokenRequest: ['pending', 'hook'],
  queryDeviceCredential: ['pending', 'store'],
  queryUserGrant: ['pending', 'store'],
  shouldSlowDown: ['pending', 'hook'],
  isUserActive: ['approved', 'hook'],
  beforeIssue: ['approved', 'hook'],
  generateToken: ['approved', 'hook'],
  createTokenResponse: ['approved', 'hook'],
  saveToken: ['approved', 'store'],
  authenticateUser: ['page', 'hook'],
  chooseGrantData: ['decision', 'hook'],
  renderPage: ['page', 'hook'],
}
const names = Object.keys(hooks) as (keyof typeof hooks)[]
const requestOf = (name: keyof typeof hooks): string => hooks[name][0]

const hinted = { login_hint: 'alice' }

/** The default hooks, with a function that runs before one of them. */
function hooksWith(
  name: HookName,
  before: () => unknown,
  onError: (error: unknown) => void = () => {},
): DeviceAuthHooks {
  const own = new DeviceAuthHooks()
  // the default binds a request to nobody
  const goOn = (values: unknown[]): unknown =>
    name === 'resolveLoginHint' ? 'alice' : Reflect.apply(Reflect.get(DeviceAuthHooks.prototype, name), own, values)
  return Object.assign(own, {
    onError,
    [name]: (...values: unknown[]) => {
      const waited = before()
      return waited instanceof Promise ? waited.then(() => goOn(values)) : goOn(values)
    },
  })
}

/** Signs in the client `conf` through the page, with all hooks; returns the tokens. */
async function signInByPage(server: TestServer): Promise<TokenResponse> {
  const codes = await server.start(hinted, { headers })
  expectError(await server.poll(codes.device_code, {}, { headers }), 'authorization_pending')
  await approveByPage(server, codes.user_code)
  return expectToken(await server.poll(codes.device_code, {}, { headers }))
}

/** Types the code, and approves on the page that follows. */
async function approveByPage(server: TestServer, userCode: string): Promise<OAuthResponse> {
  const native = { user: alice }
  const post = async (query: string, parameters: Record<string, string>): Promise<OAuthResponse> => {
    const page = await server.get('/device', { query, native })
    const handle = /name="handle" value="([^"]+)"/.exec(page.body)?.[1] ?? ''
    return server.post('/device', { handle, ...parameters }, { native, headers: { 'sec-fetch-site': 'same-origin' } })
  }
  const entered = await post('', { user_code: userCode, action: 'continue' })
  return post(String(entered.headers.location).split('?')[1] ?? '', { action: 'approve', own_device: 'yes' })
}

it('this file has every hook', () => {
  const members = Object.getOwnPropertyNames(DeviceAuthHooks.prototype).filter((name) => name !== 'constructor')
  expect([...names, 'onError'].sort()).toEqual(members.sort())
})

describe('each hook in an object literal', () => {
  const store = new MemoryStore()
  const now = Date.UTC(2026, 0, 1)
  const conf = clients.find(({ client_id }) => client_id === 'conf')
  const literals: { readonly [Name in Exclude<HookName, 'onError'>]: Hooks[Name] } = {
    generateUserCode: () => 'BCDF-GHJK',
    generateDeviceCode: () => 'a-device-code-of-my-own-0123456789',
    getVerificationUri: () => `${issuer}/device`,
    saveDeviceCredential: (credential) => store.createDeviceCredential(credential),
    authenticateClient: (request) => (request.headers.authorization === headers.authorization ? conf : undefined),
    verifyClientSecret: (client, secret) => client.client_id === 'conf' && secret === confSecret,
    validateRequestedScope: () => 'profile',
    describeRequester: ({ ip }) => `at ${ip}`,
    resolveLoginHint: () => 'alice',
    validateTokenRequest: ({ parameters }) => {
      if (!parameters.has('device_code')) throw new OAuthError('invalid_request')
    },
    queryDeviceCredential: (deviceCode) => store.findDeviceCredential(hashSecret(deviceCode), now),
    queryUserGrant: ({ userGrant }) => userGrant,
    shouldSlowDown: (_credential, _now, verdict) => verdict,
    isUserActive: (subject) => subject === 'alice',
    beforeIssue: ({ client, userGrant }) => client.client_id === 'conf' && userGrant.subject === 'alice',
    generateToken: ({ grantId, scope }) => ({
      access_token: `${grantId}.${'t'.repeat(43)}`,
      token_type: 'Bearer',
      expires_in: 60,
      scope,
    }),
    createTokenResponse: (token) => ({ ...token, account: 'alice' }),
    saveToken: () => {},
    authenticateUser: () => ({ subject: 'alice' }),
    chooseGrantData: ({ user }) => ({ workspace: user.subject }),
    renderPage: (model) => `<input name="handle" value="${'handle' in model ? model.handle : ''}">`,
  }

  it.each(names)('%s is called, and the device signs in', async (name) => {
    let calls = 0
    const literal = literals[name] as (...values: unknown[]) => unknown
    const counted = (...values: unknown[]): unknown => {
      calls++
      return literal(...values)
    }
    const server = createTestServer({
      store: new MemoryStore(),
      ...(name.endsWith('DeviceCredential') ? { store } : {}),
      hooks: { [name]: counted },
    })
    const token = await signInByPage(server)
    expect(calls).toBeGreaterThan(0)
    expect(await server.deviceAuth.authenticate(token.access_token)).toMatchObject({
      subject: 'alice',
      clientId: 'conf',
    })
    expect(server.errors).toEqual([])
  })

  it.each(names)('%s is awaited', async (name) => {
    let done = 0
    const server = createTestServer({
      hooks: hooksWith(name, async () => {
        await setImmediate()
        done++
      }),
    })
    await signInByPage(server)
    expect(done).toBeGreaterThan(0)
  })
})

describe('each hook that fails', () => {
  const detail = 'detail that must not leak'
  const faults: Record<string, () => unknown> = {
    'throws at once': () => {
      throw new Error(detail)
    },
    rejects: () => Promise.reject(new Error(detail)),
    'throws a text': () => {
      throw detail
    },
    'rejects with nothing': () => Promise.reject(undefined),
  }

  /** A server whose hook fails while `broken`, and the request that calls it. */
  async function prepare(name: keyof typeof hooks, fault: () => unknown, options: TestServerOptions = {}) {
    const errors: unknown[] = []
    const state = { broken: false }
    const failed: string[] = []
    const own = hooksWith(
      name,
      () => (state.broken ? fault() : undefined),
      (error) => void errors.push(error),
    )
    const server = createTestServer({ timeout: 0.02, ...options, hooks: own })
    server.deviceAuth.on('failed', ({ operation }) => failed.push(operation))
    const codes = await server.start(hinted, { headers })
    const at = requestOf(name)
    if (at === 'approved') await server.approve(codes.user_code)
    state.broken = true
    const request = (): Promise<OAuthResponse> => {
      if (at === 'codes') return server.deviceAuthorization(hinted, { headers })
      if (at === 'page') return server.get('/device', { native: { user: alice } })
      if (at === 'decision') return approveByPage(server, codes.user_code)
      return server.poll(codes.device_code, {}, { headers })
    }
    return { server, state, codes, errors, failed, request }
  }

  /** Checks that a device with codes gets its tokens when the hook works again. */
  async function goesOn(
    { server, state, codes }: Awaited<ReturnType<typeof prepare>>,
    approved: boolean,
  ): Promise<void> {
    state.broken = false
    // the store counts a poll whose hook failed
    server.clock.advance(5)
    if (!approved) {
      expect(await server.deviceAuth.devices.list('alice')).toEqual([])
      expectError(await server.poll(codes.device_code, {}, { headers }), 'authorization_pending')
      await server.approve(codes.user_code)
    }
    expectToken(await server.poll(codes.device_code, {}, { headers }))
    expect(await server.deviceAuth.devices.list('alice')).toHaveLength(1)
  }

  const rows = names.flatMap((name) => Object.keys(faults).map((fault) => [name, fault] as const))
  it.each(rows)(
    'F-64 %s %s: onError gets the error, nothing leaks, nothing is approved or lost',
    async (name, fault) => {
      const prepared = await prepare(name, faults[fault]!)
      const [at, kind] = hooks[name]
      const response = await prepared.request()
      expect(response.body).not.toMatch(detail)
      expect(JSON.stringify(response.headers)).not.toMatch(detail)
      if (at === 'page' || at === 'decision') expect(response.status).toBe(500)
      else if (at !== 'codes') expectError(response, 'authorization_pending')
      else if (kind === 'hook') expectError(response, 'server_error', 500)
      else {
        expectError(response, 'temporarily_unavailable', 503)
        expect(response.headers['retry-after']).toBe('5')
      }
      expect(prepared.errors).toHaveLength(1)
      expect(prepared.failed).toHaveLength(1)
      expect(prepared.errors[0] instanceof Error ? prepared.errors[0].message : prepared.errors[0]).toBe(
        fault === 'rejects with nothing' ? undefined : detail,
      )
      await goesOn(prepared, at === 'approved')
    },
  )

  it.each(names.filter((name) => ['pending', 'approved'].includes(requestOf(name))))(
    "%s with onStoreFailure 'unavailable': 503 with Retry-After",
    async (name) => {
      const prepared = await prepare(name, () => Promise.reject(new Error(detail)), { onStoreFailure: 'unavailable' })
      const response = await prepared.request()
      expectError(response, 'temporarily_unavailable', 503)
      expect(response.headers['retry-after']).toBe('5')
      await goesOn(prepared, requestOf(name) === 'approved')
    },
  )

  it.each(names)('F-64 %s never returns: 503 and the event failed after the timeout', async (name) => {
    const prepared = await prepare(name, () => new Promise(() => {}), { onStoreFailure: 'unavailable' })
    const response = await prepared.request()
    if (['page', 'decision'].includes(requestOf(name))) expect(response.status).toBe(503)
    else expectError(response, 'temporarily_unavailable', 503)
    expect(response.headers['retry-after']).toBe('5')
    expect(prepared.failed).toHaveLength(1)
    expect(prepared.errors).toEqual([expect.objectContaining({ name: 'TimeoutError' })])
    await goesOn(prepared, requestOf(name) === 'approved')
  })

  it.each(names.filter((name) => ['pending', 'approved'].includes(requestOf(name))))(
    'F-64 %s never returns during a poll: authorization_pending, by default',
    async (name) => {
      const prepared = await prepare(name, () => new Promise(() => {}))
      expectError(await prepared.request(), 'authorization_pending')
      expect(prepared.failed).toHaveLength(1)
      await goesOn(prepared, requestOf(name) === 'approved')
    },
  )

  it.each(names.filter((name) => !['page', 'decision'].includes(requestOf(name))))(
    '%s throws an OAuthError: it is the answer',
    async (name) => {
      const error = new OAuthError('account_locked', 'Call the desk.', { status: 403, headers: { 'x-desk': '5' } })
      const atOnce = (): never => {
        throw error
      }
      for (const fault of [() => Promise.reject(error), atOnce]) {
        const prepared = await prepare(name, fault)
        const response = await prepared.request()
        expectError(response, 'account_locked', 403)
        expect(response.headers['x-desk']).toBe('5')
        expect(prepared.errors).toEqual([])
        expect(prepared.failed).toEqual([])
        await goesOn(prepared, requestOf(name) === 'approved')
      }
    },
  )
})

describe('the results of hooks', () => {
  it.each([undefined, null, 0, 1, 'true', {}])(
    'beforeIssue and isUserActive: only true allows, %j does not',
    async (value) => {
      for (const name of ['beforeIssue', 'isUserActive'] as const) {
        const answer = { [name]: async () => JSON.parse(JSON.stringify(value) ?? 'null') }
        const server = createTestServer({ hooks: answer })
        const { user_code: userCode, device_code: deviceCode } = await server.start()
        await server.approve(userCode)
        expectError(await server.poll(deviceCode), 'access_denied')
        expect(await server.deviceAuth.devices.list('alice')).toEqual([])
      }
    },
  )

  it('8628-3.5-3 shouldSlowDown changes the pace and never hides a decision', async () => {
    const server = createTestServer({ hooks: { shouldSlowDown: () => true } })
    const { user_code: userCode, device_code: deviceCode } = await server.start()
    expectError(await server.poll(deviceCode), 'slow_down')
    await server.approve(userCode)
    expectToken(await server.poll(deviceCode))
    const patient = createTestServer({ hooks: { shouldSlowDown: () => false } })
    const { device_code: code } = await patient.start()
    for (let poll = 0; poll < 5; poll++) expectError(await patient.poll(code), 'authorization_pending')
  })

  it('8628-3.5-3 shouldSlowDown raises the interval for this and all later polls', async () => {
    let slow = true
    const verdicts: [interval: number, verdict: boolean][] = []
    const server = createTestServer({
      hooks: {
        shouldSlowDown: ({ interval }, _now, verdict) => {
          verdicts.push([interval, verdict])
          return slow || verdict
        },
      },
    })
    const { user_code: userCode, device_code: deviceCode } = await server.start()
    expectError(await server.poll(deviceCode), 'slow_down')
    expect((await server.deviceAuth.find(userCode))?.interval).toBe(10)
    server.clock.advance(10)
    expectError(await server.poll(deviceCode), 'slow_down')
    expect((await server.deviceAuth.find(userCode))?.interval).toBe(15)
    slow = false
    server.clock.advance(13.999)
    expectError(await server.poll(deviceCode), 'slow_down')
    expect((await server.deviceAuth.find(userCode))?.interval).toBe(20)
    server.clock.advance(20)
    expectError(await server.poll(deviceCode), 'authorization_pending')
    expect((await server.deviceAuth.find(userCode))?.interval).toBe(20)
    expect(verdicts).toEqual([
      [5, false],
      [10, false],
      [20, true],
      [20, false],
    ])
  })

  it('8628-3.5-3 polledTooFast has the interval that shouldSlowDown has raised', async () => {
    const server = createTestServer({ hooks: { shouldSlowDown: () => true } })
    const intervals: number[] = []
    server.deviceAuth.on('polledTooFast', ({ interval }) => intervals.push(interval))
    const { device_code: deviceCode } = await server.start()
    for (const pause of [0, 10, 15, 20]) {
      server.clock.advance(pause)
      expectError(await server.poll(deviceCode), 'slow_down')
    }
    expect(intervals).toEqual([10, 15, 20, 25])
  })

  const decisions = ['0', 'False', 'false', 1, 0, null, undefined, {}].map((approved) => ({
    subject: 'alice',
    approved,
    scope: 'profile',
  }))
  it.each([...decisions, { approved: true, scope: '' }, { subject: 'alice', approved: true }, 'approved', true, 1])(
    'V21 queryUserGrant returning %j is an error, not an approval',
    async (decision) => {
      const server = createTestServer({ hooks: { queryUserGrant: () => JSON.parse(JSON.stringify(decision)) } })
      const { device_code: deviceCode } = await server.start()
      expectError(await server.poll(deviceCode), 'authorization_pending')
      expect(server.errors).toEqual([
        expect.objectContaining({ message: expect.stringMatching('queryUserGrant must return') }),
      ])
      expect(await server.deviceAuth.devices.list('alice')).toEqual([])
    },
  )

  it.each([
    [{ subject: 'alice', approved: false, scope: '' }, 'access_denied'],
    [undefined, 'authorization_pending'],
    [null, 'authorization_pending'],
  ])('V21 queryUserGrant returning %j is %s', async (decision, error) => {
    const answer = JSON.stringify(decision) ?? 'null'
    const server = createTestServer({ hooks: { queryUserGrant: () => JSON.parse(answer) } })
    const { device_code: deviceCode } = await server.start()
    expectError(await server.poll(deviceCode), error)
    expectError(await server.poll(deviceCode), error === 'access_denied' ? error : 'slow_down')
  })
})

describe('an application that keeps everything itself, as with Authlib', () => {
  interface Row {
    readonly credential: DeviceCredential
    readonly userCode: string
    userGrant?: UserGrant
    polledAt?: number
  }

  function application(options: TestServerOptions = {}) {
    const rows = new Map<string, Row>()
    const tokens: string[] = []
    const server = createTestServer({
      ...options,
      hooks: {
        saveDeviceCredential(credential, { deviceCode, userCode }) {
          if ([...rows.values()].some((row) => row.userCode === userCode)) return false
          rows.set(deviceCode, { credential, userCode })
          return true
        },
        queryDeviceCredential: async (deviceCode) => rows.get(deviceCode)?.credential,
        queryUserGrant: async ({ id }) => [...rows.values()].find(({ credential }) => credential.id === id)?.userGrant,
        shouldSlowDown({ id }, now) {
          const row = [...rows.values()].find(({ credential }) => credential.id === id)
          if (row === undefined) return false
          const early = row.polledAt !== undefined && now - row.polledAt < 5000
          row.polledAt = now
          return early
        },
        async saveToken({ access_token: token }) {
          tokens.push(token)
        },
        ...options.hooks,
      },
    })
    const decide = (deviceCode: string, approved: boolean): void => {
      rows.get(deviceCode)!.userGrant = { subject: 'alice', approved, scope: 'profile' }
    }
    return { server, rows, tokens, decide }
  }

  it('signs a device in, once', async () => {
    const { server, tokens, decide } = application()
    const { device_code: deviceCode } = await server.start()
    expectError(await server.poll(deviceCode), 'authorization_pending')
    expectError(await server.poll(deviceCode), 'slow_down')
    server.clock.advance(5)
    expectError(await server.poll(deviceCode), 'authorization_pending')
    decide(deviceCode, true)
    const token = expectToken(await server.poll(deviceCode))
    expect(token.scope).toBe('profile')
    expect(tokens).toEqual([token.access_token])
    expect(await server.deviceAuth.authenticate(token.access_token)).toMatchObject({ subject: 'alice' })
    // the token was used, so the code has ended
    expectError(await server.poll(deviceCode), 'invalid_grant')
    expect(tokens).toHaveLength(1)
  })

  it('gives one token family to a hundred polls at once', async () => {
    const { server, tokens, decide } = application()
    const { device_code: deviceCode } = await server.start()
    decide(deviceCode, true)
    const answers = await Promise.all(Array.from({ length: 100 }, () => server.poll(deviceCode)))
    const families = new Set(
      answers.filter(({ status }) => status === 200).map((answer) => server.json(answer).access_token),
    )
    expect(families.size).toBe(1)
    expect(tokens).toHaveLength(1)
    expect(await server.deviceAuth.devices.list('alice')).toHaveLength(1)
  })

  it('8628-3.4-5 V1 binds the code to its client, and accepts no other code', async () => {
    const { server, decide } = application()
    const { device_code: deviceCode } = await server.start()
    decide(deviceCode, true)
    const foreign = await server.poll(deviceCode, { client_id: 'tv2' })
    const unknown = await server.poll('unknown', { client_id: 'tv2' })
    expectError(foreign, 'invalid_grant')
    expect(foreign).toEqual(unknown)
    expectToken(await server.poll(deviceCode))
  })

  it('8628-3.5-7 8628-3.5-8 denies and expires', async () => {
    const { server, decide } = application()
    const denied = await server.start()
    decide(denied.device_code, false)
    expectError(await server.poll(denied.device_code), 'access_denied')
    decide(denied.device_code, true)
    expectError(await server.poll(denied.device_code), 'access_denied')
    const expired = await server.start()
    server.clock.advance(601)
    expectError(await server.poll(expired.device_code), 'expired_token')
    decide(expired.device_code, true)
    expectError(await server.poll(expired.device_code), 'expired_token')
  })

  it('issues nothing while saveToken fails, and the tokens when it works again', async () => {
    let down = true
    const saved: string[] = []
    const { server, decide } = application({
      hooks: {
        async saveToken({ access_token: token }) {
          if (down) throw new Error('the database is down')
          saved.push(token)
        },
      },
    })
    const { device_code: deviceCode } = await server.start()
    decide(deviceCode, true)
    expectError(await server.poll(deviceCode), 'authorization_pending')
    expect(await server.deviceAuth.devices.list('alice')).toEqual([])
    down = false
    const { access_token: token } = expectToken(await server.poll(deviceCode))
    expect(saved).toEqual([token])
  })
})

describe('the cost of hooks', () => {
  it('without hooks, a poll is exactly one store call, and a redemption one more', async () => {
    const steps: StoreStep[] = []
    const server = createTestServer({ store: faultyStore(new MemoryStore(), (step) => void steps.push(step)) })
    const { device_code: deviceCode, user_code: userCode } = await server.start()
    steps.length = 0
    expectError(await server.poll(deviceCode), 'authorization_pending')
    expect(steps).toEqual(['pollDeviceCredential'])
    server.clock.advance(5)
    await server.poll(deviceCode)
    expectError(await server.poll(deviceCode), 'slow_down')
    expectError(await server.poll('unknown'), 'invalid_grant')
    expect(steps).toEqual(Array(4).fill('pollDeviceCredential'))
    await server.approve(userCode)
    steps.length = 0
    expectToken(await server.poll(deviceCode))
    expect(steps).toEqual(['pollDeviceCredential', 'redeem'])
  })

  it.each(names.filter((name) => !['queryDeviceCredential', 'saveToken'].includes(name)))(
    '%s costs no store call',
    async (name) => {
      const count = async (hooked: Partial<Hooks>): Promise<StoreStep[]> => {
        const steps: StoreStep[] = []
        const store = faultyStore(new MemoryStore(), (step) => void steps.push(step))
        const server = createTestServer({ store, hooks: hooked })
        const { device_code: deviceCode, user_code: userCode } = await server.start(hinted, { headers })
        await server.poll(deviceCode, {}, { headers })
        await server.approve(userCode)
        expectToken(await server.poll(deviceCode, {}, { headers }))
        return steps
      }
      expect(await count(hooksWith(name, () => {}))).toEqual(await count({}))
    },
  )
})

describe('how hooks are given', () => {
  it('`this` is the object of the hooks', async () => {
    const own = {
      prefix: 'BCDF',
      generateUserCode(): string {
        return `${this.prefix}-GHJK`
      },
    }
    class Codes {
      readonly prefix = 'BCDF'
      generateUserCode(): string {
        return `${this.prefix}-GHJK`
      }
    }
    expect((await createTestServer({ hooks: new Codes() }).start()).user_code).toBe('BCDF-GHJK')
    // an object literal may have hooks only
    expect(() => createTestServer({ hooks: own })).toThrow('option `hooks.prefix` is ')
    const { prefix: _, ...bare } = own
    const server = createTestServer({ hooks: bare })
    expectError(await server.deviceAuthorization(), 'server_error', 500)
  })

  it('several servers may share an object literal', async () => {
    const generateUserCode = (): string => 'BCDF-GHJK'
    const shared = { generateUserCode }
    for (const server of [createTestServer({ hooks: shared }), createTestServer({ hooks: shared })]) {
      expect((await server.start()).user_code).toBe('BCDF-GHJK')
    }
  })

  it('an object without a prototype is accepted', async () => {
    const bare = Object.assign(Object.create(null), { generateUserCode: () => 'BCDF-GHJK' })
    expect((await createTestServer({ hooks: bare }).start()).user_code).toBe('BCDF-GHJK')
  })

  it.each([5, 'x', {}, []])('a hook of %j is refused: it is not a function', (value) => {
    const wrong: object = { generateUserCode: value }
    expect(() => createTestServer({ hooks: wrong })).toThrow(
      /option `hooks\.generateUserCode` is .*expected a function/,
    )
  })

  it('the default onError writes to the console', async () => {
    const written: unknown[][] = []
    const { error } = console
    console.error = (...values: unknown[]) => void written.push(values)
    try {
      const store = faultyStore(new MemoryStore(), () => 'throw')
      const endpoint = createDeviceAuth({ issuer, clients, store }).route('POST', '/device_authorization')
      const form = new URLSearchParams({ client_id: 'tv' })
      const type = { 'content-type': 'application/x-www-form-urlencoded' }
      await endpoint?.({
        method: 'POST',
        path: '',
        query: new URLSearchParams(),
        headers: type,
        form,
        ip: undefined,
        native: {},
      })
    } finally {
      console.error = error
    }
    expect(written).toEqual([
      ['Device Auth: deviceAuthorization:', expect.objectContaining({ name: 'StoreFaultError' })],
    ])
  })
})

describe('the compiler refuses', () => {
  it('a misspelt hook, as construction does', () => {
    // @ts-expect-error: the hook is misspelt
    expect(() => createDeviceAuth({ issuer, clients, hooks: { generateUsercode: () => 'BCDF-GHJK' } })).toThrow(
      OptionError,
    )
  })

  it('V21 a result of the wrong type, which construction cannot see', () => {
    const mistakes: Partial<Hooks>[] = [
      // @ts-expect-error: a code is a text
      { generateUserCode: () => 5 },
      // @ts-expect-error: a promise of a number is no text either
      { generateUserCode: async () => 5 },
      // @ts-expect-error: V21, a decision is no text
      { queryUserGrant: () => ({ subject: 'alice', approved: '0', scope: '' }) },
      // @ts-expect-error: a user has a subject
      { authenticateUser: () => ({ id: 5 }) },
      // @ts-expect-error: only a boolean says whether tokens may be issued
      { beforeIssue: () => 'yes' },
    ]
    for (const mistake of mistakes) expect(() => createDeviceAuth({ issuer, clients, hooks: mistake })).not.toThrow()
  })
})
