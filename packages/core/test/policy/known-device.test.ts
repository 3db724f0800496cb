import { describe, expect, it, vi } from 'vitest'
import type { PendingApproval } from '../../src/contract/approval.ts'
import type { GrantApproval } from '../../src/contract/hook-arguments.ts'
import type { KeyBinding } from '../../src/contract/key-binding.ts'
import type { Comparison } from '../../src/contract/policy.ts'
import { deviceClient, type TokenResponse } from '../../src/protocol.ts'
import { MemoryStore } from '../../src/stores/memory/memory-store.ts'
import { readText } from '../../src/testing/page.ts'
import { expectToken, type TestServerOptions } from '../server.ts'
import { alice, bob, createPageServer, handleOf, title, type Visitor } from '../verification/visitor.ts'

const key = 'k'.repeat(43)
const otherKey = 'o'.repeat(43)
const resource = 'https://api.example.com/'
const home = '198.51.100.9'
const away = '203.0.113.9'
const day = 86_400

/** A binding whose proof is the thumbprint itself: real proofs are tested in the package that makes them. */
const keyBinding: KeyBinding = {
  method: 'jkt',
  error: 'invalid_dpop_proof',
  metadata: {},
  read: ({ headers: { dpop } }) => (typeof dpop === 'string' ? { thumbprint: dpop } : undefined),
}

const member = { scope: 'profile email', resources: [resource], authorization_details_types: ['payment'] }
const clients = ['tv', 'tv2'].map((client_id) => deviceClient({ client_id, ...member }))

type Form = Readonly<Record<string, string>>

interface Asking {
  /** The key that the device proves; `undefined`: none. */
  readonly proves?: string | undefined
  readonly client?: string
  readonly form?: Form
  readonly ip?: string
}

/** A server whose devices may prove a key, and the users alice and bob. */
function scene(options: TestServerOptions = {}) {
  const steps: string[] = []
  const server = createPageServer({
    clients,
    keyBinding,
    resources: { [resource]: 'The interface' },
    authorizationDetails: { payment: { validate: () => true, describe: () => 'Pay 1 EUR' } },
    ...options,
  })
  server.deviceAuth.on('storeCalled', ({ step }) => void steps.push(step))
  const extras = (proves: string | undefined, ip = home) => ({
    ip,
    ...(proves === undefined ? {} : { headers: { dpop: proves } }),
  })
  const ask = ({ proves = undefined, client = 'tv', form = {}, ip = home }: Asking) =>
    server.start({ client_id: client, ...form }, extras(proves, ip))
  const signIn = async (device: Asking = { proves: key }, subject = 'alice'): Promise<TokenResponse> => {
    const codes = await ask({ form: { scope: 'profile' }, ...device })
    await server.approve(codes.user_code, subject)
    const id = { client_id: device.client ?? 'tv' }
    return expectToken(await server.poll(codes.device_code, id, extras(device.proves, device.ip)))
  }
  /** The confirm page of a new request, as a user in the home sees it. */
  const review = async (device: Asking = { proves: key }, user = alice) => {
    const codes = await ask({ form: { scope: 'profile' }, ...device })
    const visitor = server.visit(user)
    const page = await visitor.get(await visitor.enter(codes.user_code))
    const body = page.body
    return { codes, visitor, ...readPage(body), handle: handleOf(page), answer: answering(visitor, handleOf(page)) }
  }
  return { server, steps, ask, signIn, review }
}

function readPage(body: string) {
  return {
    text: readText(body),
    isKnown: body.includes('You approved this device on'),
    isWarning: body.includes('role="alert">You approved this device on'),
    hasBox: body.includes('name="own_device"'),
  }
}

/** Presses a button of the page; the box is not ticked. */
function answering(visitor: Visitor, handle: string) {
  return async (action: string, fields: Form = { own_device: '' }) => visitor.post({ handle, action, ...fields })
}

const known = { isKnown: true, isWarning: false, hasBox: false }
const unknown = { isKnown: false, hasBox: true }

describe('a device that this user has approved before', () => {
  it('XD-6.1.7 is known by its key: the page says since when, and one press of a button approves', async () => {
    const { server, signIn, review } = scene()
    await signIn()
    server.clock.advance(3 * day)
    const { codes, text, answer, ...page } = await review()
    expect(page).toMatchObject(known)
    expect(text).toContain('You approved this device on Jan 1, 2026.')
    expect(text).not.toContain('more than you granted')
    expect(title(await answer('approve'))).toBe('Device connected')
    expectToken(await server.poll(codes.device_code, { client_id: 'tv' }, { headers: { dpop: key } }))
  })

  it('XD-6.1.7 is not approved by itself: the user types the code and presses a button, and may decline', async () => {
    const { server, signIn, review } = scene()
    await signIn()
    const { codes, answer } = await review()
    expect((await server.deviceAuth.find(codes.user_code))?.userGrant).toBeUndefined()
    expect(title(await answer('deny'))).toBe('Declined')
    const link = server.visit(alice)
    const { user_code } = (await review()).codes
    const lured = await link.get(`user_code=${user_code}`, { 'sec-fetch-site': 'cross-site' })
    expect(lured.body).toContain('Type the code yourself')
  })

  it('XD-6.1.7 the time before which no approval counts stays', async () => {
    const { server, signIn, review } = scene({ pages: { approvalDelay: 1 } })
    await signIn()
    const { answer } = await review()
    expect((await answer('approve')).body).toContain('That was very quick')
    server.clock.advance(1)
    expect(title(await answer('approve'))).toBe('Device connected')
  })

  it.each<[string, Asking, typeof alice?]>([
    ['another user', { proves: key }, bob],
    ['another client', { proves: key, client: 'tv2' }],
    ['another key', { proves: otherKey }],
    ['no key', {}],
    ['a key that is named and not proven', { form: { scope: 'profile', dpop_jkt: key } }],
    ['another key of an attacker with the same name', { proves: otherKey, form: { device_name: 'Den TV' } }],
  ])('XD-6.1.7 %s is not known, and the box has to be ticked', async (_name, device, user = alice) => {
    const { signIn, review } = scene()
    await signIn({ proves: key, form: { scope: 'profile', device_name: 'Den TV' } })
    const { answer, ...page } = await review(device, user)
    expect(page).toMatchObject(unknown)
    expect((await answer('approve')).body).toContain('Tick the box first')
    expect(title(await answer('approve', { own_device: 'yes' }))).toBe('Device connected')
  })

  it('XD-6.1.7 a device without a key is never known, however often it was approved', async () => {
    const { steps, signIn, review } = scene()
    await signIn()
    expect(steps, 'requests, decisions and polls of a device with a key').not.toContain('listFamilies')
    await signIn({})
    expect(await review({})).toMatchObject(unknown)
    expect(steps).not.toContain('listFamilies')
  })

  it('XD-6.1.7 two users on one TV: each knows it by their own approval', async () => {
    const { server, signIn, review } = scene()
    await signIn({ proves: key }, 'alice')
    expect(await review({ proves: key }, bob)).toMatchObject(unknown)
    server.clock.advance(day)
    await signIn({ proves: key }, 'bob')
    expect((await review({ proves: key }, bob)).text).toContain('on Jan 2, 2026.')
    expect((await review({ proves: key }, alice)).text).toContain('on Jan 1, 2026.')
  })

  it('XD-6.1.7 is unknown again after the user has signed it out, and after its grant has expired', async () => {
    const { server, signIn, review } = scene({ refreshToken: { expiresIn: 30 * day } })
    await signIn()
    const [device] = await server.deviceAuth.devices.list('alice')
    expect(await server.deviceAuth.devices.revoke('alice', device?.id ?? '')).toBe(true)
    expect(await review()).toMatchObject(unknown)
    await signIn()
    server.clock.advance(30 * day - 1)
    expect(await review()).toMatchObject(known)
    server.clock.advance(1)
    expect(await review()).toMatchObject(unknown)
  })

  it('XD-6.1.7 a device that was signed out while the page was open gets the page with the box', async () => {
    const { server, signIn, review } = scene()
    await signIn()
    const { answer } = await review()
    await server.deviceAuth.devices.revokeAll('alice')
    const { body } = await answer('approve')
    expect({ ...readPage(body), told: body.includes('Tick the box first') }).toMatchObject({ ...unknown, told: true })
  })

  it('XD-6.1.7 an approval without a sign-in after it is not enough: the device has not proved its key again', async () => {
    const { server, ask, review } = scene()
    await server.approve((await ask({ proves: key })).user_code)
    expect(await review()).toMatchObject(unknown)
  })

  it('F-64 while the store cannot say if a device is known, the page says so, and nothing is approved', async () => {
    const store = new MemoryStore()
    const { server, signIn, review } = scene({ store })
    await signIn()
    const { codes, answer } = await review()
    const failing = vi.spyOn(store, 'listFamilies').mockRejectedValue(new Error('the database is away'))
    expect((await answer('approve')).status).toBe(503)
    expect((await server.deviceAuth.find(codes.user_code))?.userGrant).toBeUndefined()
    failing.mockRestore()
    expect(title(await answer('approve'))).toBe('Device connected')
  })

  it('XD-6.1.7 the handle of a page with a box approves nothing without the box', async () => {
    const { signIn, review } = scene()
    const before = await review()
    await signIn()
    const { body } = await before.answer('approve')
    expect({ ...readPage(body), told: body.includes('Tick the box first') }).toMatchObject({ ...known, told: true })
  })
})

describe('a known device that asks for more', () => {
  const payment = JSON.stringify([{ type: 'payment' }])

  it.each<[string, Form]>([
    ['another scope', { scope: 'profile email' }],
    ['a resource', { scope: 'profile', resource }],
    ['a detail', { scope: 'profile', authorization_details: payment }],
  ])('XD-6.1.7 %s: the page says so, and the box stays', async (_name, form) => {
    const { signIn, review } = scene()
    await signIn()
    const { text, ...page } = await review({ proves: key, form })
    expect(page).toMatchObject({ isKnown: true, isWarning: true, hasBox: true })
    expect(text).toContain('Now it asks for more than you granted it.')
  })

  it('XD-6.1.7 what any of its grants has is not more; a payment is more each time', async () => {
    const { signIn, review } = scene()
    await signIn({ proves: key, form: { scope: 'profile', resource } })
    expect(await review({ proves: key, form: { scope: 'profile', resource } })).toMatchObject(known)
    expect(await review({ proves: key, form: { scope: 'profile' } })).toMatchObject({ isKnown: true, hasBox: true })
    await signIn({ proves: key, form: { scope: 'profile email', authorization_details: payment } })
    expect(await review({ proves: key, form: { scope: 'email' } })).toMatchObject(known)
    const again = { scope: 'profile', authorization_details: payment }
    expect(await review({ proves: key, form: again })).toMatchObject({ isKnown: true, hasBox: true })
  })
})

describe('the rules beside it', () => {
  it('XD-6.1.7 a warning keeps the box', async () => {
    const { signIn, review } = scene()
    await signIn()
    const { text, ...page } = await review({ proves: key, ip: away })
    expect(page).toMatchObject({ isKnown: true, hasBox: true })
    expect(text).toContain('on another network')
  })

  it('XD-6.1.7 with high risk a known device is shown, keeps its box, and no rule spares it', async () => {
    const { signIn, review } = scene({ risk: 'high' })
    await signIn()
    expect(await review()).toMatchObject({ isKnown: true, hasBox: true })
    const { answer } = await review({ proves: key, ip: away })
    expect((await answer('approve', { own_device: 'yes' })).status).toBe(403)
  })

  it.each<[string, Asking, number]>([
    ['a known device', { proves: key }, 200],
    ['an unknown one', { proves: otherKey }, 403],
    ['a known one that asks for more', { proves: key, form: { scope: 'profile email' } }, 403],
  ])('XD-6.1.1 XD-6.1.7 a verdict for `known` spares %s', async (_name, device, status) => {
    const otherNetwork = { other: 'refuse', unknown: 'refuse', known: 'allow' } as const
    const { signIn, review } = scene({ risk: 'high', policy: { otherNetwork } })
    await signIn()
    const { answer } = await review({ ...device, ip: away })
    expect((await answer('approve', { own_device: 'yes' })).status).toBe(status)
  })

  it('XD-6.1.7 `known` makes no warning of what another finding allows', async () => {
    const otherNetwork = { other: 'allow', known: 'refuse' } as const
    const { signIn, review } = scene({ policy: { otherNetwork } })
    await signIn()
    expect(await review({ proves: key, ip: away })).toMatchObject(known)
  })

  it.each([
    ['off', unknown],
    ['show', { isKnown: true, hasBox: true }],
    ['oneTap', known],
  ] as const)('XD-6.1.7 with knownDevice: %s', async (knownDevice, expected) => {
    const { steps, signIn, review } = scene({ policy: { knownDevice } })
    await signIn()
    expect(await review()).toMatchObject(expected)
    expect(steps.includes('listFamilies')).toBe(knownDevice !== 'off')
  })
})

describe('those who see it', () => {
  it('XD-6.1.7 rules, proofs, hooks and pages of the application are told since when and of the last use', async () => {
    const seen: unknown[] = []
    const note = (at: string, { knownDevice }: Pick<Comparison | PendingApproval | GrantApproval, 'knownDevice'>) =>
      void seen.push([at, knownDevice])
    const { server, signIn, ask } = scene({
      policy: {
        sameDevice: (comparison) => {
          note('rule', comparison)
          return 'allow'
        },
      },
      approval: {
        ask: (approval) => note('ask', approval),
        verify: (approval) => {
          note('verify', approval)
          return true
        },
      },
      hooks: { chooseGrantData: (approval) => note('data', approval) },
    })
    await signIn()
    server.clock.advance(day)
    await signIn()
    const { user_code: userCode } = await ask({ proves: key, form: { scope: 'profile' } })
    const visitor = { user: { subject: 'alice' }, request: { headers: {}, ip: home, native: {} } }
    const shown = await server.deviceAuth.verification.present({ ...visitor, userCode })
    const since = Date.UTC(2026, 0, 1)
    const knownDevice = { since, asksForMore: false }
    expect(shown).toMatchObject({ page: 'confirm', oneTap: true, request: { knownDevice } })
    const handle = 'handle' in shown ? shown.handle : ''
    const done = await server.deviceAuth.verification.decide({ ...visitor, handle, approved: true })
    expect(done.page).toBe('done')
    expect(seen).toEqual(['rule', 'ask', 'rule', 'verify', 'data'].map((at) => [at, knownDevice]))
  })

  it('XD-6.1.7 the last use is that of any of its tokens', async () => {
    const { server, signIn, ask } = scene()
    const { access_token } = await signIn()
    server.clock.advance(600)
    const request = { method: 'GET', url: 'https://api.example.com/', headers: { dpop: key }, native: {} }
    expect(await server.deviceAuth.authenticate(access_token, { ...request, scheme: 'DPoP' })).toBeDefined()
    const { user_code: userCode } = await ask({ proves: key, form: { scope: 'profile' } })
    const visitor = { user: { subject: 'alice' }, request: { headers: {}, ip: home, native: {} } }
    const shown = await server.deviceAuth.verification.present({ ...visitor, userCode })
    const since = Date.UTC(2026, 0, 1)
    expect(shown).toMatchObject({ request: { knownDevice: { since, lastUsed: since + 600_000 } } })
  })
})
