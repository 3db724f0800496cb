import { describe, expect, it } from 'vitest'
import { deviceClient } from '../../src/protocol.ts'
import { createTestServer, type TestServer } from '../server.ts'
import { alice, createPageServer } from '../verification/visitor.ts'

/** A server on which alice has signed in this many devices, one a minute. */
async function withDevices(count: number): Promise<TestServer> {
  const limits = { requestsPerAddress: 10_000, requestsPerClient: 10_000 }
  const server = createPageServer({ limits })
  for (let device = 1; device <= count; device++) {
    await server.signIn({ client_id: 'tv', device_name: `number ${device}` })
    server.clock.advance(60)
  }
  return server
}

async function page(
  server: TestServer,
  query = '',
): Promise<{ body: string; shown: readonly number[]; links: readonly string[] }> {
  const { body } = await server.get('/devices', { query, native: { user: alice } })
  const shown = [...body.matchAll(/<bdi>number (\d+)<\/bdi>/g)].map(([, number]) => Number(number))
  const links = [...body.matchAll(/<a href="([^"]*page=[^"]*)">([^<]*)/g)].map(([, url, text]) => `${text}: ${url}`)
  return { body, shown, links }
}

const range = (from: number, to: number): readonly number[] =>
  Array.from({ length: from - to + 1 }, (_, index) => from - index)

describe('the page of devices', () => {
  it('has a row a device, folded, with its form inside; a link from a mail opens the one it is about', async () => {
    const server = await withDevices(2)
    const { body } = await page(server)
    expect(body.match(/<details class="device">\s*<summary><h2 /g)).toHaveLength(2)
    expect(body.match(/<details class="device">.*?<form .*?<\/form>\s*<\/details>/gs)).toHaveLength(2)
    const [device] = await server.deviceAuth.devices.list('alice')
    const link = new URL(server.deviceAuth.devices.revokeLink(device?.id ?? ''))
    expect((await page(server, link.search.slice(1))).body.match(/<details class="device" open>/g)).toHaveLength(1)
  })

  it('shows 20 devices at a time, the latest first, and leads to newer and older ones', async () => {
    const server = await withDevices(45)
    const first = await page(server)
    expect([first.shown, first.links]).toEqual([range(45, 26), ['Older devices: /oauth/devices?page=2']])
    const second = await page(server, 'page=2&ui_locales=de')
    expect(second.shown).toEqual(range(25, 6))
    expect(second.links).toEqual([
      'Neuere Geräte: /oauth/devices?page=1&amp;ui_locales=de',
      'Ältere Geräte: /oauth/devices?page=3&amp;ui_locales=de',
    ])
    const last = await page(server, 'page=3')
    expect([last.shown, last.links]).toEqual([range(5, 1), ['Newer devices: /oauth/devices?page=2']])
    expect((await page(server, 'page=9999')).shown).toEqual(last.shown)
    for (const wrong of [
      'page=0',
      'page=-1',
      'page=2x',
      'page=',
      'page=1e1',
      'page=2&page=3',
      `page=${'9'.repeat(400)}`,
    ])
      expect((await page(server, wrong)).shown, wrong).toEqual(first.shown)
  })

  it('has no links between pages for 20 devices', async () => {
    const { shown, links } = await page(await withDevices(20))
    expect([shown.length, links]).toEqual([20, []])
  })

  it('with 2,000 devices is no larger than with 20', async () => {
    const server = await withDevices(2000)
    const { body, shown } = await page(server, 'page=50')
    expect(shown).toEqual(range(1020, 1001))
    expect(body.length).toBeLessThan(60_000)
  })
})

describe('devices.list', () => {
  it('has the name of the client as the pages show it, and the id of one that is gone', async () => {
    const gone = new Set<string>()
    const tv = deviceClient({ client_id: 'tv', client_name: 'Living\u202e-room  TV', scope: 'profile' })
    const server = createTestServer({ clients: (id) => (gone.has(id) || id !== 'tv' ? undefined : tv) })
    await server.signIn()
    expect(await server.deviceAuth.devices.list('alice')).toMatchObject([
      { clientId: 'tv', clientName: 'Living-room TV' },
    ])
    gone.add('tv')
    expect(await server.deviceAuth.devices.list('alice')).toMatchObject([{ clientId: 'tv', clientName: 'tv' }])
  })

  it.each([
    ['https://evil.example/client', 'Your bank (bank.example)', 'evil.example (Your bank (bank.example))'],
    ['https://xn--80ak6aa92e.com/', 'Apple', 'xn--80ak6aa92e.com (Apple)'],
    ['https://evil.example:8443/client', 'x'.repeat(200), `evil.example:8443 (${'x'.repeat(100)}…)`],
    ['https://evil.example/bank.example', undefined, 'evil.example'],
  ])('CIMD-8.5 names a client whose id is the address %s by its host first', async (client_id, client_name, shown) => {
    const client = { client_id, ...(client_name === undefined ? {} : { client_name }) }
    const server = createTestServer({ clients: [deviceClient({ ...client, scope: 'profile' })] })
    await server.signIn({ client_id })
    expect(await server.deviceAuth.devices.list('alice')).toMatchObject([{ clientName: shown }])
  })
})
