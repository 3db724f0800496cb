import { readFileSync } from 'node:fs'
import {
  type ApprovalProof,
  createDeviceAuth,
  type DeviceAuthOptions,
  deviceClient,
  type KeyBinding,
} from '@device-auth/core'
import { toFetchHandler } from '@device-auth/core/fetch'
import { testClock } from '@device-auth/core/testing'
import { describe, expect, it } from 'vitest'
import { havePasskey, type Lure, lures, opensWithin, type People, people } from './campaign-people.ts'
import { type Random, seededRandom } from './histories/random.ts'

// A campaign of phishing against 1,000 people, over the HTTP handler of core. docs/security/phishing.md explains it and
// has the table of results, which this test compares.

const victims = 1_000
const origin = 'https://id.example.com'
const link = `${origin}/oauth/device`

/** Stands for a passkey: the person signs the challenge of the page, as an authenticator would on our own origin. */
const passkey: ApprovalProof<Request> = {
  ask: ({ challenge }) => ({
    text: 'Confirm with your passkey.',
    failure: 'That did not work.',
    script: { code: '', options: challenge, noScript: '' },
  }),
  verify: ({ challenge }, posted) => posted === challenge,
}

/** Stands for DPoP: the proof is the thumbprint itself. */
const keyBinding: KeyBinding<Request> = {
  method: 'jkt',
  error: 'invalid_dpop_proof',
  metadata: {},
  read: ({ headers: { dpop } }) => (typeof dpop === 'string' ? { thumbprint: dpop } : undefined),
}

interface Preset extends Partial<DeviceAuthOptions<Request>> {
  /** True if the client shows that it takes the number of the page. */
  readonly numberMatching?: boolean
}

const presets: Readonly<Record<string, Preset>> = {
  '`risk: low`': { risk: 'low' },
  '`risk: low` and a passkey': { risk: 'low', approval: passkey },
  '`risk: low` and `otherNetwork: refuse`': { risk: 'low', policy: { otherNetwork: 'refuse' } },
  '`risk: high`': { risk: 'high' },
  '`risk: high` and a passkey': { risk: 'high', approval: passkey },
  '`risk: high` and `otherNetwork: warn`': { risk: 'high', policy: { otherNetwork: 'warn' } },
  '`risk: high`, `otherNetwork: warn` and a passkey': {
    risk: 'high',
    policy: { otherNetwork: 'warn' },
    approval: passkey,
  },
  '`risk: high`, `otherNetwork: warn` and `number_matching`': {
    risk: 'high',
    policy: { otherNetwork: 'warn' },
    numberMatching: true,
  },
}

/** The presets that refuse other networks: nobody falls for an attacker who is not in the network of the victim. */
const refusing = ['`risk: low` and `otherNetwork: refuse`', '`risk: high`', '`risk: high` and a passkey']

type Handler = (request: Request) => Promise<Response>

function serve({ numberMatching = false, ...preset }: Preset) {
  const clock = testClock(Date.UTC(2026, 0, 1))
  const name = { client_id: 'office', client_name: 'Contoso Office', scope: 'mail' }
  const client = deviceClient({ ...name, number_matching: numberMatching })
  const deviceAuth = createDeviceAuth<Request>({
    issuer: `${origin}/oauth`,
    clients: [client],
    scopes: { mail: 'Read your mail' },
    clock,
    ...preset,
    hooks: {
      authenticateUser: ({ native }) => ({ subject: native.headers.get('x-user') ?? '' }),
      // the attacker rents a connection in the country of the victims
      describeRequester: () => ({ country: 'DE', place: 'Hamburg, Germany', network: 'Residential ISP' }),
    },
  })
  const handle = toFetchHandler(deviceAuth, { prefix: '/oauth', ip: ({ headers }) => headers.get('x-ip') ?? undefined })
  return { clock, handle }
}

/**
 * The attacker's device: asks for codes with a polished message, and polls from an address in the victim's country.
 *
 * @param key - The key that it proves. Default: none.
 */
function attacker(handle: Handler, number: number, key?: string) {
  const post = async (path: string, form: Record<string, string>): Promise<Record<string, string>> => {
    const proof: Record<string, string> = key === undefined ? {} : { dpop: key }
    const address = `203.${number >> 8}.${number & 255}.7`
    const headers = { 'x-ip': address, 'user-agent': 'Mozilla/5.0 (Windows NT 10.0)', ...proof }
    const body = new URLSearchParams({ client_id: 'office', ...form })
    const response = await handle(new Request(`${origin}/oauth/${path}`, { method: 'POST', headers, body }))
    expect(response.status, 'the server is not overloaded').toBeLessThan(500)
    return JSON.parse(await response.text())
  }
  return {
    ask: () => post('device_authorization', { binding_message: 'Payroll 2026: verify your mailbox' }),
    poll: (code = '', number = '') =>
      post('token', {
        grant_type: 'urn:ietf:params:oauth:grant-type:device_code',
        device_code: code,
        matching_number: number,
      }),
  }
}

/** The browser of a victim: keeps cookies, and follows redirects. */
function browser(handle: Handler, user: number) {
  const cookies = new Map<string, string>()
  const send = async (url: string, site: string, form?: Record<string, string>): Promise<string> => {
    const headers = {
      'x-user': `victim-${user}`,
      'x-ip': `198.${user >> 8}.${user & 255}.9`,
      'user-agent': 'Mozilla/5.0 (iPhone)',
      'sec-fetch-site': site,
      'sec-fetch-mode': 'navigate',
      'sec-fetch-dest': 'document',
      cookie: [...cookies].map((pair) => pair.join('=')).join('; '),
    }
    const init = form === undefined ? { headers } : { method: 'POST', headers, body: new URLSearchParams(form) }
    const response = await handle(new Request(new URL(url, origin), init))
    for (const field of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(field) ?? []
      cookies.set(name, value)
    }
    const location = response.headers.get('location')
    return location === null ? response.text() : send(location, 'same-origin')
  }
  return send
}

const attribute = (page: string, pattern: RegExp): string => pattern.exec(page)?.[1] ?? ''
const handleOf = (page: string): string => attribute(page, /name="handle" value="([^"]+)"/)
const isConfirmPage = (page: string): boolean => page.includes('name="action" value="approve"')

/** `true` if this person goes on, having read the confirm page in their own way. */
function goesOn(page: string, person: People, random: Random): boolean {
  const warnings = page.match(/<p class="notice" role="alert">/g)?.length ?? 0
  const warned = Array.from({ length: warnings }, () => random.chance(person.heedsWarning)).includes(true)
  const told = page.includes('If somebody sent you this code, decline') && random.chance(person.heedsSentence)
  return !told && !warned
}

/** One person meets the page. Returns the number that the person read on the page and typed for the attacker; empty if none. */
async function fallFor(
  lure: Lure,
  codes: Record<string, string>,
  person: People,
  user: number,
  random: Random,
  { handle, clock }: ReturnType<typeof serve>,
): Promise<string> {
  const send = browser(handle, user)
  const stops = (): boolean => random.chance(person.stopsAtAct)
  let page = await send(`${link}?user_code=${codes.user_code}`, lure.from)
  if (!isConfirmPage(page)) {
    // the page asks for the code, which the lure shows too
    if (stops()) return ''
    page = await send(link, 'same-origin', {
      handle: handleOf(page),
      user_code: codes.user_code ?? '',
      action: 'continue',
    })
  }
  if (!isConfirmPage(page) || !goesOn(page, person, random) || stops()) return ''
  const form = { handle: handleOf(page), own_device: 'yes', action: 'approve' }
  const challenge = attribute(page, /id="proof" data-options="([^"]*)"/)
  clock.advance(10)
  let done = ''
  if (challenge === '') done = await send(link, 'same-origin', form)
  else if (random.chance(havePasskey) && !stops()) done = await send(link, 'same-origin', { ...form, proof: challenge })
  // only the page of a relay has a field for the number
  const number = lure.live ? attribute(done, /<strong class="code">(\d{4})</) : ''
  return number === '' || stops() ? '' : number
}

/** Draws a person by the shares. */
function draw(random: Random): People {
  let left = random.next()
  for (const person of people) {
    left -= person.share
    if (left < 0) return person
  }
  return people.at(-1)!
}

const nextTurn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0))

/** Approvals out of 1,000 victims for each lure. */
async function campaign(preset: Preset): Promise<readonly number[]> {
  const approvals: number[] = []
  for (const lure of lures) {
    const random = seededRandom(10027)
    const server = serve(preset)
    let caught = 0
    for (let user = 0; user < victims; user++) {
      const device = attacker(server.handle, user)
      const person = draw(random)
      const delay = random.between(0, opensWithin - 1)
      let codes = lure.live ? {} : await device.ask()
      server.clock.advance(delay)
      if (lure.live) codes = await device.ask()
      const number = await fallFor(lure, codes, person, user, random, server)
      server.clock.advance(10)
      if ('access_token' in (await device.poll(codes.device_code, number))) caught++
      // thousands of requests in one turn of the event loop are an overload, which the server refuses on a slow machine
      await nextTurn()
    }
    approvals.push(caught)
  }
  return approvals
}

const results = new Map<string, Promise<readonly number[]>>()

/** The result of the campaign with a preset, which is made once. */
function resultOf(name: string, preset: Preset): Promise<readonly number[]> {
  const result = results.get(name) ?? campaign(preset)
  results.set(name, result)
  return result
}

describe('a campaign of phishing', () => {
  it.each(Object.entries(presets))(
    'XD-6.1.1 against 1,000 people with %s',
    { timeout: 300_000 },
    async (name, preset) => {
      const found = await resultOf(name, preset)
      if (refusing.includes(name)) expect(found).toEqual([0, 0, 0])
      // a number stops all but the relay, whose page asks for it
      else if (preset.numberMatching) expect(found).toEqual([0, 0, expect.toSatisfy((caught) => caught > 0)])
      // without the rule people do fall for it: the campaign works
      else expect(Math.min(...found)).toBeGreaterThan(0)
    },
  )

  it('XD-6.1.7 a device that the attacker has approved with his own account is known to him, and to no victim', async () => {
    const { handle, clock } = serve({ keyBinding, policy: { otherNetwork: 'allow' } })
    const device = attacker(handle, 1, 'k'.repeat(43))
    const [own, victim] = [1, 2]
    const open = async (user: number) => {
      const codes = await device.ask()
      return { codes, page: await browser(handle, user)(`${link}?user_code=${codes.user_code}`, 'none') }
    }
    const isKnown = (page: string): boolean =>
      page.includes('You approved this device on') && !page.includes('name="own_device"')
    const { codes, page } = await open(own)
    expect(isKnown(page)).toBe(false)
    clock.advance(10)
    await browser(handle, own)(link, 'same-origin', { handle: handleOf(page), own_device: 'yes', action: 'approve' })
    expect(await device.poll(codes.device_code)).toHaveProperty('access_token')
    expect(isKnown((await open(own)).page), 'control').toBe(true)
    const lured = (await open(victim)).page
    expect(isConfirmPage(lured)).toBe(true)
    expect(lured).toContain('name="own_device"')
    expect(lured).not.toContain('You approved this device')
  })

  it('has the results that docs/security/phishing.md shows', { timeout: 300_000 }, async () => {
    const rows: string[] = []
    for (const [name, preset] of Object.entries(presets))
      rows.push(`| ${name} | ${(await resultOf(name, preset)).join(' | ')} |`)
    const table = [`| preset | ${lures.map(({ name }) => name).join(' | ')} |`, '|---|---|---|---|', ...rows].join('\n')
    expect(readFileSync(new URL('../docs/security/phishing.md', import.meta.url), 'utf8')).toContain(table)
  })
})
