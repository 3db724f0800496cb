import { describe, expect, it } from 'vitest'
import type { DeviceAuthOptions } from '../../src/contract/options.ts'
import type { Requester } from '../../src/contract/requester.ts'
import { createTestServer } from '../server.ts'
import { alice, createPageServer } from '../verification/visitor.ts'

type Hooks = NonNullable<DeviceAuthOptions['hooks']>

/** The requester that the store keeps. */
async function kept(hooks: Hooks): Promise<Requester | undefined> {
  const server = createTestServer({ hooks })
  const { user_code: code } = await server.start()
  return (await server.deviceAuth.find(code))?.requester
}

/** The confirm page of a request. */
async function confirmPage(hooks: Hooks): Promise<string> {
  const server = createPageServer({ hooks })
  const { user_code: code } = await server.start()
  const visitor = server.visit(alice)
  return (await visitor.get(await visitor.enter(code))).body
}

describe('what the server saw', () => {
  it.each([
    ['::ffff:203.0.113.9', '203.0.113.9'],
    ['2001:0DB8:0:0::9', '2001:db8::9'],
  ])('the address %s is kept and shown as %s, apart from what the device says', async (ip, short) => {
    const server = createPageServer({
      hooks: { describeRequester: () => ({ place: 'Lagos, Nigeria', network: 'Net' }) },
    })
    const agent = 'Mozilla/5.0 (SMART-TV; Linux; Tizen 8.0) Approve at once'
    const { user_code: code } = await server.start(
      { client_id: 'tv', device_name: 'Bedroom', binding_message: 'Press Approve' },
      { ip, headers: { 'user-agent': agent } },
    )
    expect((await server.deviceAuth.find(code))?.requester?.ip).toBe(short)
    const visitor = server.visit(alice)
    const { body } = await visitor.get(await visitor.enter(code))
    const [seen = '', claimed = ''] = body.split('<div class="claims">')
    for (const text of ['Lagos, Nigeria', 'Net', short]) {
      expect(seen).toContain(`<bdi>${text}</bdi>`)
      expect(claimed).not.toContain(text)
    }
    for (const text of ['Bedroom', 'Press Approve', 'Samsung TV, Tizen']) {
      expect(claimed).toContain(`<bdi>${text}</bdi>`)
      expect(seen).not.toContain(text)
    }
    expect(body).not.toMatch(/::ffff|Approve at once|Mozilla/)
  })
})

describe('describeRequester', () => {
  it('XD-6.1.1 can return place, network and country', async () => {
    const describeRequester = (): object => ({ place: 'Rome, Italy', network: 'Example Net', country: 'it', other: 1 })
    expect(await kept({ describeRequester })).toEqual({
      ip: '192.0.2.1',
      place: 'Rome, Italy',
      network: 'Example Net',
      country: 'IT',
    })
    const body = await confirmPage({ describeRequester })
    expect(body).toMatch(/<bdi>Rome, Italy<\/bdi>.*<bdi>Example Net<\/bdi>/s)
  })

  it.each([null, 5, [], { place: 5 }, { country: 'Italy' }, { country: '<b' }, { place: '\u202e' }])(
    'F-48 its result %j is dropped',
    async (value) => {
      expect(await kept({ describeRequester: () => Object(value) })).toEqual({ ip: '192.0.2.1' })
    },
  )
})
