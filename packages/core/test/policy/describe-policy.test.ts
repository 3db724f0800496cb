import { afterEach, expect, it, vi } from 'vitest'
import type { DeviceAuthOptions } from '../../src/contract/options.ts'
import { deviceClient } from '../../src/protocol.ts'
import { createDeviceAuth } from '../../src/server/create-device-auth.ts'
import { MemoryStore } from '../../src/stores/memory/memory-store.ts'
import { issuer } from '../server.ts'
import { alice, createPageServer } from '../verification/visitor.ts'

afterEach(() => {
  vi.unstubAllEnvs()
  vi.restoreAllMocks()
})

const tv = deviceClient({ client_id: 'tv', scope: 'profile' })

function states(options: Partial<DeviceAuthOptions> = {}): Record<string, string> {
  const rows = createDeviceAuth({ issuer, clients: [tv], ...options }).describePolicy()
  return Object.fromEntries(rows.map(({ section, mitigation, state }) => [`${section} ${mitigation}`, state]))
}

it('XD-2-1 lists the state of each mitigation with the default options', () => {
  expect(states()).toEqual({
    '6.1.1 approval from another network': 'warn',
    '6.1.1 approval from another country': 'off',
    '6.1.2 short-lived codes': '600 s',
    '6.1.3 codes for one decision, in one browser': 'on',
    '6.1.4 a code that a second account presents is closed': 'on',
    '6.1.5 filters for mails with codes': 'yours',
    '6.1.6 ending grants by user, client or address': 'on',
    '6.1.6 users are told of new devices, and can sign them out': 'off',
    '6.1.7 trusted devices: clients that get codes only with a proof': 'off',
    '6.1.7 trusted devices: those that the user has approved before, by their key': 'off',
    '6.1.8 clients bound to networks': 'off',
    '6.1.9 clients with a scope limit': 'off',
    '6.1.10 short-lived tokens': '3600 s, refresh token 2592000 s',
    '6.1.11 limits of requests and approvals': 'on',
    '6.1.12 tokens bound to a key of the device': 'off',
    '6.1.13 a page that says to decline a code that somebody sent': 'on',
    '6.1.14 a page that shows the client and its scopes': 'on',
    '6.1.15 requests bound to a user in advance': 'off',
    '6.1.16 number matching': 'off',
    '6.1.17 a message on both screens': 'on',
    '6.2.1 approval on the device that asks': 'warn',
    '6.2.1 clients without this grant': 'off',
  })
})

it('XD-2-1 has a row for each of the 17 mitigations of RFC 10027, in order', () => {
  const sections = createDeviceAuth({ issuer, clients: [tv] })
    .describePolicy()
    .map(({ section }) => section)
  const all = [...Array.from({ length: 17 }, (_, index) => `6.1.${index + 1}`), '6.2.1']
  expect([...new Set(sections)]).toEqual(all)
  expect(sections).toEqual(sections.toSorted((one, other) => all.indexOf(one) - all.indexOf(other)))
})

const secret = 'a secret of at least 128 random bits'
const ownPage = {
  paths: { verification: false },
  hooks: { getVerificationUri: () => 'https://example.com/tv' },
} as const
const knownDevices = '6.1.7 trusted devices: those that the user has approved before, by their key'
const keyBinding = { method: 'jkt', error: 'invalid_dpop_proof', metadata: {}, read: () => undefined } as const
const attested = { byConnection: true, identify: () => undefined, verify: () => false }
const country = (): { country: string } => ({ country: 'DE' })

it.each<[string, string, Partial<DeviceAuthOptions>, string]>([
  ['6.1.1 approval from another country', 'warn', { hooks: { describeRequester: country } }, 'low'],
  ['6.1.1 approval from another country', 'refuse', { hooks: { describeRequester: country }, risk: 'high' }, 'high'],
  ['6.1.1 approval from another network', 'refuse', { policy: { otherNetwork: 'refuse' } }, 'own'],
  ['6.1.1 approval from another network', 'refuse', { risk: 'high' }, 'high'],
  ['6.2.1 approval on the device that asks', 'by a function', { policy: { sameDevice: () => 'allow' } }, 'function'],
  ['6.1.2 short-lived codes', '300 s', { risk: 'high' }, 'high'],
  ['6.1.2 short-lived codes', '120 s', { risk: 'high', expiresIn: 120 }, 'own'],
  ['6.1.10 short-lived tokens', '3600 s, no refresh token', { refreshToken: false }, 'none'],
  [
    '6.1.7 trusted devices: clients that get codes only with a proof',
    '1 of 3 clients',
    {
      clients: [
        tv,
        deviceClient({ client_id: 'board', scope: 'profile', client_secret: secret }),
        deviceClient({
          client_id: 'go',
          scope: 'profile',
          client_secret: secret,
          device_authorization_endpoint_auth_method: 'none',
        }),
      ],
    },
    'mixed',
  ],
  [knownDevices, 'oneTap', { keyBinding }, 'low'],
  [knownDevices, 'show', { keyBinding, risk: 'high' }, 'high'],
  [knownDevices, 'off', { keyBinding, policy: { knownDevice: 'off' } }, 'own'],
  [knownDevices, 'oneTap', { clientAuthentication: { attest_jwt_client_auth: attested } }, 'attested'],
  [
    '6.2.1 clients without this grant',
    '1 of 2 clients',
    { clients: [tv, { ...tv, client_id: 'web', grant_types: [] }] },
    '',
  ],
  ['6.1.8 clients bound to networks', 'on', { clients: [{ ...tv, allowed_networks: ['192.0.2.0/24'] }] }, 'all'],
  ['6.1.16 number matching', 'on', { clients: [{ ...tv, number_matching: true }] }, 'all'],
  ['6.1.16 number matching', 'set by each client', { clients: () => tv }, 'function'],
  ['6.1.6 users are told of new devices, and can sign them out', 'on', { events: { redeemed: () => {} } }, 'listener'],
  ['6.1.14 a page that shows the client and its scopes', 'yours', ownPage, 'own page'],
  ['6.1.13 a page that says to decline a code that somebody sent', 'yours', ownPage, 'own page'],
  ['6.1.15 requests bound to a user in advance', 'on', { hooks: { resolveLoginHint: () => 'alice' } }, 'hook'],
])('XD-2-1 %s is %s', (name, state, options) => {
  expect(states(options)[name]).toBe(state)
})

it('XD-2-1 counts a listener that is added later', () => {
  const deviceAuth = createDeviceAuth({ issuer, clients: [tv] })
  const told = (): string | undefined =>
    deviceAuth.describePolicy().find(({ section, mitigation }) => section === '6.1.6' && mitigation.includes('told'))
      ?.state
  expect(told()).toBe('off')
  deviceAuth.on('redeemed', () => {})
  expect(told()).toBe('on')
})

it('XD-2-4 warns once in production if neither risk nor policy is given', () => {
  vi.stubEnv('NODE_ENV', 'production')
  const warning = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
  const store = new MemoryStore()
  for (const decided of [{ risk: 'low' }, { risk: 'high' }, { policy: {} }] as const) states({ store, ...decided })
  expect(warning).not.toHaveBeenCalled()
  states({ store })
  states({ store })
  expect(warning.mock.calls).toEqual([[expect.stringContaining('Give the option `risk`'), 'DeviceAuthWarning']])
})

it.each([
  [{}, 100],
  [{ risk: 'high' }, 10],
  [{ risk: 'high', limits: { approvalsPerUser: 2 } }, 2],
] as const)('XD-2-4 XD-6.1.11 with %j a user may approve %d devices an hour', async (options, most) => {
  const limits = { ...Object(options).limits, pendingPerAddress: 100 }
  // this visitor is on another network than the device
  const server = createPageServer({ ...options, policy: { otherNetwork: 'warn' }, limits })
  const visitor = server.visit(alice)
  const approve = async (): Promise<number> => {
    const { user_code } = await server.start()
    return (await visitor.post({ handle: await visitor.handle(await visitor.enter(user_code)), action: 'approve' }))
      .status
  }
  for (let device = 0; device < most; device++) expect(await approve()).toBe(200)
  expect(await approve()).toBe(429)
})
