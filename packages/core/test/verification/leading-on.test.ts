import { describe, expect, it } from 'vitest'
import { deviceClient } from '../../src/protocol.ts'
import { createDeviceAuth } from '../../src/server/create-device-auth.ts'
import { issuer } from '../server.ts'
import { alice, bob, type CookieJar, createPageServer, handleOf, queryOf, title } from './visitor.ts'

const link = />Not you\? Switch account<\/a>/

describe('switchAccountUrl', () => {
  it('is a link beside the account, and leads back to the same request, which the other account can then approve', async () => {
    const server = createPageServer({ switchAccountUrl: '/switch' })
    const { user_code, device_code } = await server.start()
    const browser: CookieJar = new Map()
    const first = server.visit(alice, undefined, undefined, browser)
    const { body } = await first.get(await first.enter(user_code))
    const [, address = ''] = /<a class="fine" href="(\/switch\?return_to=[^"]+)">Not you/.exec(body) ?? []
    const back = new URL(address, issuer).searchParams.get('return_to') ?? ''
    expect(back).toMatch(/^\/oauth\/device\?handle=[\w-]+$/)
    expect(back).not.toContain(user_code)
    const second = server.visit(bob, undefined, undefined, browser)
    // the page that switches accounts may be on another site
    const led = await second.get(back.split('?')[1], {
      'sec-fetch-site': 'cross-site',
      'sec-fetch-dest': 'document',
      'sec-fetch-mode': 'navigate',
    })
    const confirm = await second.get(queryOf(led))
    expect([title(confirm), confirm.body]).toEqual(['Connect this device?', expect.stringContaining('<bdi>Bob</bdi>')])
    await second.post({ handle: handleOf(confirm), action: 'approve' })
    expect((await server.poll(device_code)).status).toBe(200)
    expect(await server.deviceAuth.devices.list('bob')).toHaveLength(1)
    // in another browser the handle is that of a stranger
    const other = await server.visit(bob).get(back.split('?')[1], {
      'sec-fetch-site': 'cross-site',
      'sec-fetch-dest': 'document',
      'sec-fetch-mode': 'navigate',
    })
    expect(title(other)).toBe('Connect a device')
  })

  it('is on the pages with an account; a function makes the address', async () => {
    const server = createPageServer({
      switchAccountUrl: (to) => `https://id.example/?continue=${encodeURIComponent(to)}`,
    })
    const enter = await server.visit(alice).get('ui_locales=de')
    expect(enter.body).toContain('href="https://id.example/?continue=%2Foauth%2Fdevice%3Fui_locales%3Dde">Nicht Sie?')
    const devices = await server.get('/devices', { native: { user: alice } })
    expect(devices.body).toContain('href="https://id.example/?continue=%2Foauth%2Fdevices">Not you?')
  })

  it('is no link without the option, and a wrong value is refused', async () => {
    const server = createPageServer()
    expect((await server.visit(alice).get()).body).not.toMatch(link)
    const clients = [deviceClient({ client_id: 'tv' })]
    expect(() => createDeviceAuth({ issuer, clients, switchAccountUrl: '//evil.example' })).toThrow(
      'option `switchAccountUrl` is',
    )
  })
})

describe('after the approval', () => {
  it.each([
    ['/devices', 'href="/oauth/devices"'],
    [false, undefined],
  ] as const)('with paths.devices %s the page leads to the devices by %s', async (devices, expected) => {
    const server = createPageServer({ paths: { devices } })
    const visitor = server.visit(alice)
    const query = await visitor.enter((await server.start()).user_code)
    const { body } = await visitor.post({ handle: await visitor.handle(query), action: 'approve' })
    expect(/<a (href="[^"]*")>Your devices<\/a>/.exec(body)?.[1]).toBe(expected)
  })
})

describe('a mistyped code', () => {
  it('stays in the field, bounded, and a script under the nonce of the page selects it', async () => {
    const visitor = createPageServer().visit(alice)
    const type = async (user_code: string) =>
      visitor.post({ handle: await visitor.handle(''), user_code, action: 'continue' })
    const { body, headers } = await type('BCDF-GHJX"<b>\u202e')
    expect(body).toContain('name="user_code" value="BCDF-GHJX&quot;&lt;b&gt;"')
    const [, nonce = ''] =
      /<script nonce="([\w-]{43})">document\.getElementById\('user_code'\)\.select\(\)<\/script>/.exec(body) ?? []
    expect(headers['content-security-policy']).toContain(` script-src 'nonce-${nonce}';`)
    expect((await type('x'.repeat(1000))).body).toContain(`value="${'x'.repeat(64)}"`)
    const clean = await visitor.get()
    expect(clean.body).not.toContain('<script')
    expect(clean.headers['content-security-policy']).not.toContain('script-src')
  })
})
