import { describe, expect, it } from 'vitest'
import { alice, bob, createPageServer, title } from '../verification/visitor.ts'

describe('approvals', () => {
  async function approve(server: ReturnType<typeof createPageServer>, user = alice) {
    const { user_code: code } = await server.start()
    const visitor = server.visit(user)
    const query = await visitor.enter(code)
    const submit = async (action = 'approve') => visitor.post({ handle: await visitor.handle(query), action })
    return { response: await submit(), submit }
  }

  it('XD-6.1.11 by default a user may approve 20 devices an hour; one more has to wait, but can be denied', async () => {
    const server = createPageServer()
    for (let device = 0; device < 20; device++) expect((await approve(server)).response.status).toBe(200)
    const limited: unknown[] = []
    server.deviceAuth.on('limited', (event) => limited.push(event))
    const { response, submit } = await approve(server)
    expect({ status: response.status, title: title(response) }).toEqual({ status: 429, title: 'Too many attempts' })
    expect(response.headers['retry-after']).toBe('3600')
    expect(limited).toEqual([
      { at: server.clock(), limit: 'approval', clientId: 'tv', subject: 'alice', ip: '198.51.100.7' },
    ])
    expect((await approve(server, bob)).response.status).toBe(200)
    expect(title(await submit('deny'))).toBe('Declined')
  })

  it('XD-6.1.11 a second click is not counted as a second approval', async () => {
    const server = createPageServer({ limits: { approvalsPerUser: 2 } })
    const { user_code: code } = await server.start()
    const visitor = server.visit(alice)
    const handle = await visitor.handle(await visitor.enter(code))
    const statuses = []
    for (let click = 0; click < 4; click++) statuses.push((await visitor.post({ handle, action: 'approve' })).status)
    expect(statuses).toEqual([200, 409, 409, 409])
    expect((await approve(server)).response.status).toBe(200)
    expect((await approve(server)).response.status).toBe(429)
  })
})
