import { describe, expect, it } from 'vitest'
import type { DeviceAuthOptions } from '../../src/contract/options.ts'
import type { Requester } from '../../src/contract/requester.ts'
import { createTestServer, expectError, type FormParameters, type RequestExtras } from '../server.ts'
import { alice, bob, createPageServer, title } from '../verification/visitor.ts'

const hostile = [
  '<script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  "' autofocus onfocus=alert(1) x='",
  '</dd></dl><form action=//evil.example>',
  '<!--',
  '&lt;b&gt;',
  '{{7*7}}',
  '\u202egnirts\u2066x',
  'a\r\nSet-Cookie: x=1',
  '\u0000\u001b[31m\u0007',
  'x'.repeat(10_000),
  '😀'.repeat(200),
]

/** The requester that the store keeps. */
async function kept(
  parameters: Readonly<Record<string, string>>,
  options: Partial<DeviceAuthOptions> = {},
  extras: RequestExtras = {},
): Promise<Requester | undefined> {
  const { clock: _, ...rest } = options
  const server = createTestServer(rest)
  const { user_code: code } = await server.start({ client_id: 'tv', ...parameters }, extras)
  return (await server.deviceAuth.find(code))?.requester
}

/** The confirm page of a request. */
async function confirmPage(
  parameters: Readonly<Record<string, string>>,
  hooks: DeviceAuthOptions['hooks'] = {},
  extras: RequestExtras = {},
): Promise<string> {
  const server = createPageServer({ hooks })
  const { user_code: code } = await server.start({ client_id: 'tv', ...parameters }, extras)
  const visitor = server.visit(alice)
  return (await visitor.get(await visitor.enter(code))).body
}

const elements = (body: string): string[] => (body.match(/<[a-z!/][^>]*>/gi) ?? []).map((tag) => tag.slice(0, 8))

describe('the device descriptor', () => {
  it('XD-6.1.1 device_name and device_model are stored with the requester', async () => {
    expect(await kept({ device_name: 'Bedroom', device_model: 'TV-9000' })).toEqual({
      ip: '192.0.2.1',
      device: { name: 'Bedroom', model: 'TV-9000' },
    })
    expect(await kept({ device_model: 'TV-9000' })).toEqual({ ip: '192.0.2.1', device: { model: 'TV-9000' } })
  })

  it.each([
    {},
    { device_name: '' },
    { device_name: '\u0000\u202e \u200b' },
    { device_serial: '5', device: '{"name":"x"}' },
  ])('%j gives no descriptor', async (parameters: object) => {
    expect(await kept({ ...parameters })).toEqual({ ip: '192.0.2.1' })
  })

  it.each(hostile)('F-48 %j is cut and its control characters are removed', async (text) => {
    const { device } = (await kept({ device_name: text, device_model: text })) ?? {}
    for (const part of [device?.name ?? '', device?.model ?? '']) {
      expect(part.length).toBeLessThanOrEqual(100)
      expect(part).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}]/u)
    }
  })

  it('a repeated device_name is refused like any other parameter', async () => {
    const server = createTestServer()
    const twice: FormParameters = [
      ['client_id', 'tv'],
      ['device_name', 'a'],
      ['device_name', 'b'],
    ]
    expectError(await server.deviceAuthorization(twice), 'invalid_request')
  })

  it('F-48 the page shows the descriptor, marked as not verified', async () => {
    const body = await confirmPage({ device_name: 'Bedroom', device_model: 'TV-9000' })
    expect(body).toMatch(
      /<div class="claims">\s*<p class="soft">[^<]*not verified.*<bdi>Bedroom<\/bdi>.*<bdi>TV-9000<\/bdi>.*<\/dl>\s*<\/div>/s,
    )
  })

  it.each(hostile)('F-47 %j adds no element to the page, from any source', async (text) => {
    const plain = await confirmPage(
      { device_name: 'a', device_model: 'b' },
      { describeRequester: () => ({ place: 'c', network: 'd', description: 'e', country: 'IT' }) },
      { headers: { 'user-agent': 'f' } },
    )
    const attacked = await confirmPage(
      { device_name: `a${text}`, device_model: `b${text}` },
      {
        describeRequester: () => ({ place: `c${text}`, network: `d${text}`, description: `e${text}`, country: text }),
      },
      { headers: { 'user-agent': `f${text}` } },
    )
    expect(elements(attacked)).toEqual(elements(plain))
  })
})

const unreadable = ['a\u0301\u0301\u0301', '\u0301x', '\u3164\u3164', 'Bаnk', 'a\u034fb']

describe('the binding message', () => {
  it('F-48 letters of other scripts, and two marks on a letter, are no reason to refuse it', async () => {
    for (const text of ['Tiếng Việt', 'Cafe\u0301', 'Синяя лошадь 7', '  two   spaces ']) {
      const server = createTestServer()
      expect((await server.deviceAuthorization({ client_id: 'tv', binding_message: text })).status, text).toBe(200)
    }
  })

  it.each(['Blue horse 7', 'Raum 3.14', 'Küche: links-oben', '客厅 7', 'x'.repeat(60)])(
    'XD-6.1.17 %s is shown on the page, as the words of the device',
    async (text) => {
      const [, claims = ''] = (await confirmPage({ binding_message: text })).split('<div class="claims">')
      expect(claims).toContain(
        `Message</dt><dd><q class="fine"><bdi>${text}</bdi></q><div class="soft">These are the words of the device, not ours.`,
      )
    },
  )

  it.each(['x'.repeat(61), ...hostile, ...unreadable, 'pay@evil', 'http://evil.example', 'a,b', 'a\tb', '٪', 'a_b'])(
    'XD-6.1.17 F-47 %j is invalid_request',
    async (text) => {
      const server = createTestServer()
      expectError(await server.deviceAuthorization({ client_id: 'tv', binding_message: text }), 'invalid_request')
    },
  )

  it('XD-6.1.17 without one the page has no line for it', async () => {
    expect(await confirmPage({})).not.toContain('Message</dt>')
  })
})

describe('login_hint', () => {
  const accounts: Readonly<Record<string, string>> = { 'alice@example.com': 'alice' }
  const resolveLoginHint = async (hint: string): Promise<string | undefined> => accounts[hint]

  it('XD-6.1.15 only the user of the hint can open the request; all others get the answer for unknown codes', async () => {
    const server = createPageServer({ hooks: { resolveLoginHint } })
    const codes = await server.start({ client_id: 'tv', login_hint: 'alice@example.com' })
    const other = server.visit(bob)
    const submit = async (userCode: string): Promise<string> => {
      const handle = await other.handle('')
      const { status, body } = await other.post({ handle, user_code: userCode, action: 'continue' })
      return `${status} ${body.replaceAll(/nonce="[^"]+"|value="[^"]*"/g, '')}`
    }
    expect(await submit(codes.user_code)).toBe(await submit('BCDF-GHJK'))
    expect(title(await other.get(`user_code=${codes.user_code}`))).toBe('Connect a device')
    expect(await server.deviceAuth.approve(codes.user_code, { subject: 'bob' })).toBe('unknown')
    const visitor = server.visit(alice)
    const query = await visitor.enter(codes.user_code)
    await visitor.post({ handle: await visitor.handle(query), action: 'approve' })
    expect((await server.poll(codes.device_code)).status).toBe(200)
  })

  it('XD-6.1.15 a hint that matches nobody gets the same answer, and nobody can approve', async () => {
    const server = createPageServer({ hooks: { resolveLoginHint } })
    const codes = await server.start({ client_id: 'tv', login_hint: 'nobody@example.com' })
    const known = await server.start({ client_id: 'tv', login_hint: 'alice@example.com' })
    expect(Object.keys(codes)).toEqual(Object.keys(known))
    await expect(server.visit(alice).enter(codes.user_code)).rejects.toThrow('no confirm page')
    expect(await server.deviceAuth.approve(codes.user_code, { subject: 'alice' })).toBe('unknown')
    expect(await server.deviceAuth.deny(codes.user_code)).toBe('decided')
  })

  it('XD-6.1.15 without the hook, login_hint is ignored like any unknown parameter', async () => {
    const server = createPageServer()
    const { user_code: code } = await server.start({ client_id: 'tv', login_hint: 'alice@example.com' })
    expect(await server.visit(bob).enter(code)).toMatch('handle=')
  })

  it('XD-6.1.15 the hook gets the client, and must return a string', async () => {
    const seen: unknown[] = []
    const server = createTestServer({
      hooks: { resolveLoginHint: (hint, { client_id }) => Object(seen.push([hint, client_id])) },
    })
    expectError(await server.deviceAuthorization({ client_id: 'tv', login_hint: 'x' }), 'server_error', 500)
    expect(seen).toEqual([['x', 'tv']])
    expect(String(server.errors[0])).toMatch('resolveLoginHint must return undefined, or a subject')
  })
})
