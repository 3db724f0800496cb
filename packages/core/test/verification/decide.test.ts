import { describe, expect, it } from 'vitest'
import { alice, createPageServer, handleOf, title } from './visitor.ts'

async function atConfirm(approvalDelay?: number) {
  const pages = { approvalDelay: approvalDelay ?? 1 }
  const server = createPageServer({ pages })
  const codes = await server.start()
  const visitor = server.visit(alice)
  const handle = await visitor.handle(await visitor.enter(codes.user_code))
  const answer = (own_device = 'yes', sealed = handle) =>
    visitor.post({ handle: sealed, action: 'approve', own_device })
  const poll = async () => server.json(await server.poll(codes.device_code)).error
  return { server, visitor, handle, answer, poll }
}

describe('an approval is deliberate', () => {
  it('8628-5.4-3 one that comes within a second of the page shows the page again, and works from there', async () => {
    const { server, answer, poll } = await atConfirm()
    server.clock.advance(0.999)
    const early = await answer()
    expect([early.status, title(early)]).toEqual([200, 'Connect this device?'])
    expect(early.body).toContain('That was very quick')
    expect(await poll()).toBe('authorization_pending')
    // the page that is shown again is new, so the second begins anew
    expect(title(await answer('yes', handleOf(early)))).toBe('Connect this device?')
    server.clock.advance(1)
    expect(title(await answer('yes', handleOf(early)))).toBe('Device connected')
  })

  it('8628-5.4-3 one without the box shows the page again, with the box not ticked', async () => {
    const { server, answer, poll } = await atConfirm()
    server.clock.advance(60)
    for (const box of ['', 'on', 'no']) {
      const page = await answer(box)
      expect(title(page)).toBe('Connect this device?')
      expect(page.body).toContain('Tick the box first')
      expect(page.body).not.toMatch(/own_device[^>]*checked/)
    }
    expect(await poll()).toBe('authorization_pending')
    expect(title(await answer())).toBe('Device connected')
  })

  it('declining needs neither the box nor the time', async () => {
    const { visitor, handle, poll } = await atConfirm()
    expect(title(await visitor.post({ handle, action: 'deny' }))).toBe('Declined')
    expect(await poll()).toBe('access_denied')
  })

  it('a page of a server whose clock is ahead does not wait for it', async () => {
    const { server, answer } = await atConfirm()
    server.clock.advance(-5)
    expect(title(await answer())).toBe('Device connected')
  })

  it('the option approvalDelay sets the time, and the page has it', async () => {
    const { server, answer } = await atConfirm(3)
    server.clock.advance(2.999)
    expect((await answer()).body).toContain('--delay:3s')
    server.clock.advance(3)
    expect(title(await answer())).toBe('Device connected')
  })
})
