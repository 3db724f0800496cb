import { describe, expect, it } from 'vitest'
import { OptionError } from '../../src/checks.ts'
import type { RequesterDescription } from '../../src/contract/hook-arguments.ts'
import type { DeviceAuthOptions } from '../../src/contract/options.ts'
import type { OAuthResponse } from '../../src/http.ts'
import { createDeviceAuth } from '../../src/server/create-device-auth.ts'
import { readText } from '../../src/testing/page.ts'
import { clients, expectError, issuer, type TestServerOptions } from '../server.ts'
import { alice, createPageServer, title } from '../verification/visitor.ts'

const warnings = {
  sameDevice: 'The request came from the browser that you use now',
  otherNetwork: 'The device is on another network than you are',
  otherCountry: 'The device seems to be in another country',
  maybeSameDevice: 'The request may have come from the device that you use now',
  unknownNetwork: 'This page cannot tell if the device is on your network',
  unknownCountry: 'This page cannot tell if the device is in your country',
  old: 'The device asked some minutes ago',
}

interface Place {
  readonly ip: string
  readonly agent?: string
}

/** A request that a device makes from one place, and that a user reviews from another. */
async function scene(device: Place, phone: Place, options: TestServerOptions = {}, age = 0) {
  const server = createPageServer(options)
  const refused: unknown[] = []
  server.deviceAuth.on('refused', (event) => refused.push(event))
  const agent = ({ agent = 'TV/1.0' }: Place): Record<string, string> => ({ 'user-agent': agent })
  const codes = await server.start({ client_id: 'tv' }, { ip: device.ip, headers: agent(device) })
  const visitor = server.visit(alice, undefined, phone.ip)
  const headers = { 'sec-fetch-site': 'same-origin', ...agent({ agent: 'Phone/1.0', ...phone }) }
  const query = await visitor.enter(codes.user_code)
  server.clock.advance(age)
  const page = await visitor.get(query, headers)
  const answer = async (action: string): Promise<OAuthResponse> =>
    visitor.post({ handle: await visitor.handle(query), action }, headers)
  const warned = Object.entries(warnings).flatMap(([name, text]) => (page.body.includes(text) ? [name] : []))
  return { server, codes, page, warned, answer, refused }
}

const home = { ip: '198.51.100.7' }
const away = { ip: '203.0.113.7' }

describe('warnings of the confirm page', () => {
  it.each([
    ['198.51.100.7', '198.51.100.200', []],
    ['198.51.100.7', '198.51.101.7', ['otherNetwork']],
    ['2001:db8:1:2::1', '2001:db8:1:ffff::1', []],
    ['2001:db8:1::1', '2001:db8:2::1', ['otherNetwork']],
    ['198.51.100.7', '::ffff:198.51.100.8', []],
    // IPv4 and IPv6 are not compared: one home has both
    ['198.51.100.7', '2001:db8:1::1', []],
    // private and unknown addresses are not compared
    ['10.0.0.1', '198.51.100.7', []],
    ['198.51.100.7', '192.168.1.1', []],
    ['198.51.100.7', 'fe80::1%eth0', []],
    ['unknown', '198.51.100.7', []],
  ])('XD-6.1.1 requested from %s, reviewed from %s', async (device, phone, expected) => {
    expect((await scene({ ip: device }, { ip: phone })).warned).toEqual(expected)
  })

  it.each([
    ['198.51.100.7', '198.51.100.7', 'A/1', 'A/1', ['sameDevice']],
    ['198.51.100.7', '::ffff:198.51.100.7', 'A/1', 'A/1', ['sameDevice']],
    ['198.51.100.7', '198.51.100.7', 'A/1', 'A/2', []],
    ['198.51.100.7', '198.51.100.8', 'A/1', 'A/1', []],
    ['10.0.0.1', '10.0.0.1', 'A/1', 'A/1', []],
    ['198.51.100.7', '198.51.100.7', '', '', []],
  ])(
    'XD-5-1 8628-1-1 requested from %s, reviewed from %s, by the browsers %j and %j',
    async (device, phone, one, other, expected) => {
      expect((await scene({ ip: device, agent: one }, { ip: phone, agent: other })).warned).toEqual(expected)
    },
  )

  it('a request older than three minutes', async () => {
    expect((await scene(home, home, {}, 180)).warned).toEqual([])
    expect((await scene(home, home, {}, 181)).warned).toEqual(['old'])
  })
})

describe('countries', () => {
  const countries: Readonly<Record<string, string>> = { [home.ip]: 'DE', [away.ip]: 'NG' }
  const describeRequester = ({ ip }: { readonly ip: string | undefined }): RequesterDescription => {
    const country = countries[ip ?? '']
    return country === undefined ? {} : { country }
  }
  const hooks = { describeRequester }

  it('XD-6.1.1 with low risk, another country is a warning, and the request can be approved', async () => {
    const { warned, answer } = await scene(away, home, { risk: 'low', hooks })
    expect(warned).toEqual(['otherNetwork', 'otherCountry'])
    expect(title(await answer('approve'))).toBe('Device connected')
  })

  it('XD-6.1.1 with high risk, another country refuses the approval; the request stays pending and can be denied', async () => {
    const policy = { otherNetwork: 'warn' } as const
    const { warned, answer, server, codes, refused } = await scene(away, home, { risk: 'high', hooks, policy })
    expect(warned).toEqual(['otherNetwork', 'otherCountry'])
    const response = await answer('approve')
    expect({ status: response.status, title: title(response) }).toEqual({ status: 403, title: 'Not from here' })
    expectError(await server.poll(codes.device_code), 'authorization_pending')
    const { id: grantId } = (await server.deviceAuth.find(codes.user_code))!
    expect(refused).toEqual([
      { at: server.clock(), reason: 'otherCountry', grantId, clientId: 'tv', subject: 'alice', ip: home.ip },
    ])
    expect(title(await answer('deny'))).toBe('Declined')
    server.clock.advance(5)
    expectError(await server.poll(codes.device_code), 'access_denied')
  })

  it.each([
    ['the place', { country: 'NG', place: 'Lagos, Nigeria' }, 'en', 'Asked from Lagos, Nigeria'],
    ['the country, in the language of the page', { country: 'NG' }, 'de', 'Angefragt von Nigeria'],
    [
      'no more of a place than two marks a letter',
      { country: 'NG', place: `L${'\u0300'.repeat(9)}` },
      'en',
      'Asked from L\u0300\u0300',
    ],
  ])('XD-6.1.1 the warning has %s', async (_name, found, language, expected) => {
    const describeRequester = ({ ip }: { ip?: string | undefined }) => (ip === away.ip ? found : { country: 'IT' })
    const { page } = await scene(away, home, { hooks: { describeRequester }, pages: { language } })
    const notices = [...page.body.matchAll(/<p class="notice" role="alert">(.*?)<\/p>/g)].map(([, text = '']) =>
      readText(text),
    )
    expect(notices).toHaveLength(2)
    for (const notice of notices) expect(notice.startsWith(expected), notice).toBe(true)
  })

  const oneUnknown = [
    [home, { ip: '192.0.2.99' }],
    [{ ip: '192.0.2.99' }, home],
    [{ ip: '10.0.0.1' }, { ip: '10.0.0.1' }],
  ] as const

  it('XD-6.1.1 with low risk, a country that is unknown on one side has no effect', async () => {
    for (const [device, phone] of oneUnknown) {
      const { warned, answer } = await scene(device, phone, { risk: 'low', hooks })
      expect(warned).not.toContain('otherCountry')
      expect((await answer('approve')).status).toBe(200)
    }
  })

  it('XD-6.1.1 with high risk, a country that is unknown on one side counts as another one', async () => {
    for (const [device, phone] of oneUnknown) {
      const { warned, answer } = await scene(device, phone, { risk: 'high', hooks })
      expect(warned).toContain('unknownCountry')
      expect((await answer('approve')).status).toBe(403)
    }
  })

  it('XD-6.1.1 with high risk, the policy can say that an unknown country is a warning only', async () => {
    const policy = { otherNetwork: 'warn', otherCountry: { other: 'refuse', unknown: 'warn' } } as const
    const { warned, answer } = await scene(home, { ip: '192.0.2.99' }, { risk: 'high', hooks, policy })
    expect(warned).toContain('unknownCountry')
    expect((await answer('approve')).status).toBe(200)
  })

  it('XD-6.1.1 with high risk and without a hook that knows countries, none is compared', async () => {
    const { warned, answer } = await scene(home, home, { risk: 'high' })
    expect(warned).toEqual([])
    expect((await answer('approve')).status).toBe(200)
  })

  it('the hook is called for the approver only if the countries can be compared', async () => {
    const asked: (string | undefined)[] = []
    const counting = {
      describeRequester({ ip }: { ip: string | undefined }) {
        asked.push(ip)
        return { country: 'DE' }
      },
    }
    await scene(away, home, { hooks: counting, policy: { otherCountry: 'allow' } })
    expect(asked).toEqual([away.ip])
    asked.length = 0
    await scene(away, home, { hooks: { describeRequester: ({ ip }) => void asked.push(ip) } })
    expect(asked).toEqual([away.ip])
    asked.length = 0
    await scene(away, home, { hooks: counting })
    expect(asked).toEqual([away.ip, home.ip])
  })
})

describe('high risk is one network', () => {
  it.each([
    ['on one home network, by IPv4', home, { ip: '198.51.100.7' }, 200],
    ['on one home network, by IPv6', { ip: '2001:db8:1:2::1' }, { ip: '2001:db8:1:2::2' }, 200],
    ['on one network, the phone behind a NAT64', home, { ip: '64:ff9b::c633:6408' }, 200],
    ['on one home network, the TV by IPv4 and the phone by IPv6', home, { ip: '2001:db8:1:2::2' }, 403],
    ['with a phone on mobile data', home, { ip: '203.0.113.9' }, 403],
    ['in a network of private addresses', { ip: '10.0.0.1' }, { ip: '10.0.0.2' }, 403],
    ['on a server of which no address is known', { ip: 'unknown' }, { ip: 'unknown' }, 403],
  ] as const)('XD-6.1.1 %s: from %j, approved from %j, is answered %i', async (_name, device, phone, status) => {
    const { answer, refused } = await scene(device, phone, { risk: 'high' })
    expect((await answer('approve')).status).toBe(status)
    expect(refused).toHaveLength(status === 200 ? 0 : 1)
  })

  it('XD-6.1.1 a user who goes to the network of the device approves with the page that is still open', async () => {
    const server = createPageServer({ risk: 'high' })
    const codes = await server.start({ client_id: 'tv' }, { ip: home.ip })
    const mobile = server.visit(alice, undefined, '203.0.113.9')
    const query = await mobile.enter(codes.user_code)
    const handle = await mobile.handle(query)
    expect((await mobile.post({ handle, action: 'approve' })).status).toBe(403)
    const atHome = server.visit(alice, undefined, home.ip)
    expect(title(await atHome.post({ handle, action: 'approve' }))).toBe('Device connected')
  })

  it('XD-6.1.1 in a network of private addresses, the policy can say that an unknown network is a warning only', async () => {
    const policy = { otherNetwork: { other: 'refuse', unknown: 'warn' } } as const
    const { warned, answer } = await scene({ ip: '10.0.0.1' }, { ip: '10.0.0.2' }, { risk: 'high', policy })
    expect(warned).toEqual(['unknownNetwork'])
    expect((await answer('approve')).status).toBe(200)
  })
})

describe('single rules', () => {
  it.each([
    ['sameDevice', { ...home, agent: 'A/1' }, { ...home, agent: 'A/1' }],
    ['otherNetwork', away, home],
  ] as const)('XD-5-1 XD-6.1.1 %s can be set to allow, warn or refuse', async (rule, device, phone) => {
    for (const [verdict, warned, status] of [
      ['allow', [], 200],
      ['warn', [rule], 200],
      ['refuse', [rule], 403],
    ] as const) {
      const found = await scene(device, phone, { policy: { [rule]: verdict } })
      expect(found.warned).toEqual(warned)
      expect((await found.answer('approve')).status).toBe(status)
    }
  })

  it.each([
    ['another user agent', home, { ...home, agent: 'Other/1.0' }],
    ['another address of its /64', { ip: '2001:db8:1:2::1' }, { ip: '2001:db8:1:2::2' }],
    ['IPv4, after codes that were asked for with IPv6', { ip: '2001:db8:1:2::1' }, home],
  ])('XD-5-1 sameDevice: refuse does not fall to %s', async (_case, device, phone) => {
    const { answer } = await scene(device, phone, { policy: { sameDevice: 'refuse' } })
    expect((await answer('approve')).status).toBe(403)
    const lenient = await scene(device, phone, { policy: { sameDevice: { same: 'refuse', unknown: 'warn' } } })
    expect(lenient.warned).toContain('maybeSameDevice')
    expect((await lenient.answer('approve')).status).toBe(200)
  })

  it('XD-5-1 sameDevice: refuse lets a phone on another network approve', async () => {
    const { answer } = await scene(away, home, { policy: { sameDevice: 'refuse' } })
    expect((await answer('approve')).status).toBe(200)
  })

  it.each([
    ['low', 'refuse', 200],
    ['high', 'refuse', 403],
    ['high', { other: 'refuse', unknown: 'allow' }, 200],
    ['low', { other: 'allow', unknown: 'refuse' }, 403],
  ] as const)(
    'XD-6.1.1 risk %s, otherNetwork %j: an approval by IPv4 of a request by IPv6 is answered %i',
    async (risk, otherNetwork, status) => {
      const { answer } = await scene({ ip: '2001:db8:1::1' }, home, { risk, policy: { otherNetwork } })
      expect((await answer('approve')).status).toBe(status)
    },
  )

  it.each([
    ['sameDevice', 'maybeSameDevice', home, home],
    ['otherNetwork', 'unknownNetwork', { ip: '2001:db8:1::1' }, home],
    ['otherCountry', 'unknownCountry', away, home],
  ] as const)(
    'XD-6.1.1 %s says in the warning, the event and no other text that it cannot tell: %s',
    async (rule, concern, device, phone) => {
      const hooks = { describeRequester: () => ({}) }
      const rules = { sameDevice: 'allow', otherNetwork: 'allow', otherCountry: 'allow' } as const
      const policy = { ...rules, [rule]: { unknown: 'refuse' } }
      const { warned, answer, refused } = await scene(device, phone, { hooks, policy })
      expect(warned).toEqual([concern])
      expect((await answer('approve')).status).toBe(403)
      expect(refused).toEqual([expect.objectContaining({ reason: concern })])
    },
  )

  it.each([
    [{ otherNetwork: 'refuse' }, away, home, 'only from the network that your device is on'],
    [{ otherNetwork: { unknown: 'refuse' } }, { ip: '2001:db8:1::1' }, home, 'only from the network that your device'],
    [{ sameDevice: 'refuse' }, home, home, 'This request cannot be approved from where you are.'],
  ] as const)(
    'XD-6.1.1 the page of an approval that %j refuses says what to do: %#',
    async (policy, device, phone, text) => {
      const { answer } = await scene(device, phone, { policy })
      const response = await answer('approve')
      expect(response.status).toBe(403)
      expect(readText(response.body)).toContain(text)
    },
  )

  it('XD-5-1 a function as a rule gets both sides, and decides even if nothing was detected', async () => {
    const seen: unknown[] = []
    const found = await scene(home, home, {
      policy: {
        sameDevice: async ({ finding, client, credential, requester, approver, user }) => {
          seen.push([finding, client.client_id, credential.clientId, requester, approver, user.subject])
          return 'refuse' as const
        },
      },
    })
    expect(found.warned).toEqual(['maybeSameDevice'])
    expect(seen[0]).toEqual([
      'unknown',
      'tv',
      'tv',
      { ...home, userAgent: 'TV/1.0' },
      { ...home, userAgent: 'Phone/1.0' },
      'alice',
    ])
    expect((await found.answer('approve')).status).toBe(403)
  })

  it.each([() => 'maybe', () => undefined, () => Promise.reject(new Error('no answer'))])(
    'F-64 if a rule fails, nothing can be approved: %#',
    async (rule) => {
      const policy = { otherNetwork: Object(rule) }
      const { page, server } = await scene(home, home, { policy })
      expect(page.status).toBe(500)
      expect(server.errors).toHaveLength(1)
    },
  )

  it.each([
    [{ sameDevice: 'maybe' }, 'policy.sameDevice', '"allow" or "warn" or "refuse", or verdicts by finding'],
    [{ otherCountry: true }, 'policy.otherCountry', 'or a function'],
    [{ sameDevice: { sane: 'warn' } }, 'policy.sameDevice', "verdicts by finding, such as { same: 'refuse'"],
    [{ sameDevice: { same: 'maybe' } }, 'policy.sameDevice', 'verdicts by finding'],
    [{ deviceAuthorization: 'allow' }, 'policy.deviceAuthorization', 'a function'],
    [{ knownDevice: 'allow' }, 'policy.knownDevice', '"off" or "show" or "oneTap"'],
    [{ othernetwork: 'warn' }, 'policy.othernetwork', 'unknown; did you mean `otherNetwork`?'],
  ])('%j is refused at construction', (policy, option, expected) => {
    const create = (): unknown => createDeviceAuth({ issuer, clients, policy: Object(policy) } as DeviceAuthOptions)
    expect(create).toThrow(OptionError)
    expect(create).toThrow(`option \`${option}\``)
    expect(create).toThrow(expected)
  })
})
