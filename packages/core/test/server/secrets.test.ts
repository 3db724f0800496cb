import { describe, expect, it } from 'vitest'
import { deviceClient } from '../../src/protocol.ts'
import { MemoryStore } from '../../src/stores/memory/memory-store.ts'
import { clients, expectError, expectToken } from '../server.ts'
import { alice, createPageServer, title } from '../verification/visitor.ts'

const [first, second] = ['the first secret of the server, long', 'the second secret of the server, long']
const matching = deviceClient({ client_id: 'matching', scope: 'profile', number_matching: true })

/** Two processes with one store: before and after a rotation of the secret. */
function rotated(after: string | readonly [string, ...string[]] = [second, first]) {
  const store = new MemoryStore()
  const options = { store, clients: [...clients, matching] }
  const before = createPageServer({ ...options, secret: first })
  return { before, after: createPageServer({ ...options, secret: after, clock: before.clock }) }
}

describe('a secret that was rotated', () => {
  it('a code of before is found and approved, on the page and by the application', async () => {
    const { before, after } = rotated()
    const [one, two] = [await before.start(), await before.start()]
    const visitor = after.visit(alice)
    const handle = await visitor.handle(await visitor.enter(one.user_code))
    expect(title(await visitor.post({ handle, action: 'approve' }))).toBe('Device connected')
    expect(await after.deviceAuth.approve(two.user_code, { subject: 'alice' })).toBe('decided')
    expectToken(await after.poll(one.device_code))
  })

  it('an open form and the link of a mail of before work', async () => {
    const { before, after } = rotated()
    const { user_code: userCode, device_code: deviceCode } = await before.start()
    const query = await before.visit(alice).enter(userCode)
    const handle = await before.visit(alice).handle(query)
    expect(title(await after.visit(alice).post({ handle, action: 'approve' }))).toBe('Device connected')
    expectToken(await after.poll(deviceCode))
    const [device] = await after.deviceAuth.devices.list('alice')
    const link = new URL(before.deviceAuth.devices.revokeLink(device?.id ?? ''))
    const page = await after.get('/devices', { query: link.search.slice(1), native: { user: alice } })
    expect(page.body).toContain('Sign out')
    expect(page.body).not.toContain('That device is not signed in')
  })

  it('a refresh token of before is rotated, and its reuse later is known as one', async () => {
    const { before, after } = rotated()
    const { refresh_token: old = '' } = await before.signIn()
    const { refresh_token: next = '' } = expectToken(await after.refresh(old))
    expectToken(await after.refresh(next))
    const reused: unknown[] = []
    after.deviceAuth.on('reuseDetected', (event) => reused.push(event))
    expectError(await after.refresh(old), 'invalid_grant')
    expect(reused).toHaveLength(1)
  })

  it('the number that a page of before showed is right', async () => {
    const { before, after } = rotated()
    const { device_code: deviceCode, user_code: userCode } = await before.start({ client_id: 'matching' })
    const visitor = before.visit(alice)
    const page = await visitor.post({ handle: await visitor.handle(await visitor.enter(userCode)), action: 'approve' })
    const number = /<strong class="code">(\d{4})<\/strong>/.exec(page.body)?.[1] ?? ''
    expectToken(await after.poll(deviceCode, { client_id: 'matching', matching_number: number }))
  })

  it('without the previous secret nothing of before is found, and the operator is told', async () => {
    const { before, after } = rotated(second)
    const failures: unknown[] = []
    after.deviceAuth.on('failed', ({ operation }) => failures.push(operation))
    const { user_code: userCode } = await before.start()
    expect(await after.deviceAuth.find(userCode)).toBeUndefined()
    const handle = await before.visit(alice).handle(await before.visit(alice).enter(userCode))
    expect(title(await after.visit(alice).post({ handle, action: 'approve' }))).toBe('That did not work')
    expect(failures).toEqual(['openHandle'])
  })
})
