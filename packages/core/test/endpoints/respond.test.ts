import { describe, expect, it } from 'vitest'
import type { HookName } from '../../src/contract/hooks.ts'
import { randomToken } from '../../src/crypto/random.ts'
import { DeviceAuthHooks } from '../../src/hooks/default.ts'
import { deviceClient } from '../../src/protocol.ts'
import { type StoreStep, storeSteps } from '../../src/stores/forward-steps.ts'
import { MemoryStore } from '../../src/stores/memory/memory-store.ts'
import { faultyStore } from '../../src/testing/faulty-store.ts'
import {
  basic,
  clients,
  confSecret,
  createTestServer,
  expectError,
  expectToken,
  type TestServer,
  type TestServerOptions,
} from '../server.ts'

const faults = {
  'throws at once': () => {
    throw new Error('down')
  },
  rejects: () => Promise.reject(new Error('down')),
  'rejects with nothing': () => Promise.reject(undefined),
  'never returns': () => new Promise<never>(() => {}),
} as const
type Fault = keyof typeof faults

/** Runs the fault while there is one, and otherwise the work. */
type Breakable = <T>(work: () => T) => T

/** A device of one client, and whatever of its server can break. */
interface Breaking {
  readonly options: (breakable: Breakable) => TestServerOptions
  readonly parameters?: Readonly<Record<string, string>>
  readonly headers?: Readonly<Record<string, string>>
}

const withSecret = { parameters: {}, headers: basic('conf', confSecret) }

function breakingHook(name: HookName): Breaking {
  return {
    ...withSecret,
    options: (breakable) => {
      const own = new DeviceAuthHooks()
      const original = Reflect.get(DeviceAuthHooks.prototype, name)
      const hook = (...values: unknown[]): unknown => breakable(() => Reflect.apply(original, own, values))
      return { hooks: Object.assign(own, { onError: () => {}, [name]: hook }) }
    },
  }
}

function breakingStep(step: StoreStep): Breaking {
  return {
    options: (breakable) => {
      const store = new MemoryStore()
      const original = Reflect.get(store, step)
      return {
        store: Object.assign(store, {
          [step]: (...values: unknown[]) => breakable(() => Reflect.apply(original, store, values)),
        }),
      }
    },
  }
}

const key = deviceClient({ client_id: 'key', scope: 'profile', token_endpoint_auth_method: 'private_key_jwt' })
const hooksOfPolls: readonly HookName[] = [
  'authenticateClient',
  'verifyClientSecret',
  'validateTokenRequest',
  'queryDeviceCredential',
  'queryUserGrant',
  'shouldSlowDown',
  'isUserActive',
  'beforeIssue',
  'generateToken',
  'createTokenResponse',
  'saveToken',
]
const breaking: Readonly<Record<string, Breaking>> = {
  ...Object.fromEntries(hooksOfPolls.map((name) => [`hook ${name}`, breakingHook(name)])),
  ...Object.fromEntries(storeSteps.map((step) => [`store ${step}`, breakingStep(step)])),
  clients: {
    options: (breakable) => ({
      clients: (id) => breakable(() => clients.find(({ client_id }) => client_id === id)),
    }),
  },
  'clientAuthentication.identify': {
    parameters: { client_assertion: 'x' },
    options: (breakable) => ({
      clients: [key],
      clientAuthentication: {
        private_key_jwt: { identify: () => breakable(() => 'key'), verify: () => true },
      },
    }),
  },
  'clientAuthentication.verify': {
    parameters: { client_assertion: 'x' },
    options: (breakable) => ({
      clients: [key],
      clientAuthentication: { private_key_jwt: { identify: () => 'key', verify: () => breakable(() => true) } },
    }),
  },
  'accessToken.issue': {
    options: (breakable) => ({
      accessToken: {
        expiresIn: 60,
        issue: ({ grantId }) => breakable(() => `${grantId}.${randomToken()}`),
        locate: (token) => token.split('.')[0],
      },
    }),
  },
}

/** A device with codes, pending or approved, whose server breaks while `fault` is set. */
async function prepare(name: string, onStoreFailure: 'pending' | 'unavailable', approved: boolean) {
  const { options, parameters, headers } = breaking[name] as Breaking
  let fault: Fault | undefined
  // the server knows no type for what breaks
  const breakable: Breakable = (work) => (fault === undefined ? work() : (faults[fault]() as ReturnType<typeof work>))
  const server: TestServer = createTestServer({ timeout: 0.01, onStoreFailure, ...options(breakable) })
  const failed: string[] = []
  server.deviceAuth.on('failed', ({ operation }) => failed.push(operation))
  const extras = headers === undefined ? {} : { headers }
  const codes = await server.start(parameters, extras)
  if (approved) await server.approve(codes.user_code)
  const poll = () => server.poll(codes.device_code, parameters, extras)
  const breaks = (next: Fault | undefined): void => {
    fault = next
  }
  return { server, codes, failed, poll, breaks }
}

const rows = Object.keys(breaking).flatMap((name) =>
  // `identify` is not asynchronous
  (Object.keys(faults) as Fault[])
    .filter((fault) => name !== 'clientAuthentication.identify' || fault === 'throws at once')
    .map((fault): [string, Fault] => [name, fault]),
)

describe('F-26 F-64 whatever fails under a poll', () => {
  it.each(rows)('8628-3.5-2 %s %s: the device waits, and gets its tokens afterwards, once', async (name, fault) => {
    for (const approved of [false, true]) {
      const { server, codes, failed, poll, breaks } = await prepare(name, 'pending', approved)
      breaks(fault)
      for (let time = 0; time < 3; time++) {
        const response = await poll()
        // what does not take part in this poll does not stop it
        if (failed.length === 0 && approved) {
          expectToken(response)
          return
        }
        expectError(response, 'authorization_pending')
        server.clock.advance(5)
      }
      breaks(undefined)
      if (!approved) await server.approve(codes.user_code)
      expectToken(await poll())
      expect(await server.deviceAuth.devices.list('alice')).toHaveLength(1)
    }
  })

  it.each(rows)(
    '%s %s with onStoreFailure unavailable: 503 with Retry-After, and nothing is lost',
    async (name, fault) => {
      const { server, failed, poll, breaks } = await prepare(name, 'unavailable', true)
      breaks(fault)
      const response = await poll()
      if (failed.length === 0) {
        expectToken(response)
        return
      }
      expectError(response, 'temporarily_unavailable', 503)
      expect(response.headers['retry-after']).toBe('5')
      breaks(undefined)
      expectToken(await poll())
      expect(await server.deviceAuth.devices.list('alice')).toHaveLength(1)
    },
  )

  it('the parts that these tests break do fail, and each failure is reported', async () => {
    const reached = new Set<string>()
    for (const name of Object.keys(breaking)) {
      for (const approved of [false, true]) {
        const { failed, poll, breaks } = await prepare(name, 'pending', approved)
        breaks('throws at once')
        await poll()
        if (failed.length > 0) reached.add(name)
      }
    }
    const others = Object.keys(breaking).filter((name) => !reached.has(name))
    expect(others).toEqual(
      storeSteps.filter((step) => !['pollDeviceCredential', 'redeem'].includes(step)).map((step) => `store ${step}`),
    )
  })

  it('8628-3.5-2 a store that is full while a poll keeps a credential there', async () => {
    const memory = new MemoryStore({ maxRecords: 1 })
    const kept = new Map<string, { id: string; clientId: string }>()
    const server = createTestServer({
      store: memory,
      hooks: {
        saveDeviceCredential: (credential, { deviceCode }) => kept.set(deviceCode, credential).size > 0,
        // what the application kept
        queryDeviceCredential: (deviceCode) => JSON.parse(JSON.stringify(kept.get(deviceCode))),
      },
    })
    const [first, second] = [await server.start(), await server.start()]
    expectError(await server.poll(first.device_code), 'authorization_pending')
    expectError(await server.poll(second.device_code), 'authorization_pending')
  })

  it('F-64 a request that is no poll hears of the failure', async () => {
    const clientsAway = createTestServer({ clients: () => Promise.reject(new Error('down')) })
    expectError(await clientsAway.deviceAuthorization(), 'temporarily_unavailable', 503)
    expectError(await clientsAway.refresh('x'), 'temporarily_unavailable', 503)
    const store = faultyStore(new MemoryStore(), (step) => (step === 'rotateRefreshToken' ? 'throw' : undefined))
    const server = createTestServer({ store })
    const { refresh_token: token = '' } = await server.signIn()
    expectError(await server.refresh(token), 'temporarily_unavailable', 503)
  })
})
