import { describe, expect, it } from 'vitest'
import { alice, type CookieJar, createPageServer, title } from './visitor.ts'

describe('a browser that comes back from the log-in without a user', () => {
  it('gets a page with a link at the second return, and the application is told once what to mount', async () => {
    const server = createPageServer()
    const visitor = server.visit()
    const statuses = [await visitor.get(), await visitor.get(), await visitor.get()].map(({ status }) => status)
    expect(statuses).toEqual([303, 303, 401])
    const answer = await visitor.get()
    expect([answer.status, title(answer)]).toEqual([401, title(await server.visit().post({}))])
    expect(answer.body).toContain('href="/login?return_to=%2Foauth%2Fdevice')
    const other = server.visit()
    for (let time = 0; time < 3; time++) await other.get()
    expect(server.errors).toEqual([
      expect.objectContaining({ message: expect.stringContaining('Mount the session middleware') }),
    ])
  })

  it('is led there again after a minute, and other browsers are at any time', async () => {
    const server = createPageServer()
    const visitor = server.visit()
    for (let time = 0; time < 3; time++) await visitor.get()
    expect((await server.visit().get()).status).toBe(303)
    server.clock.advance(60)
    expect((await visitor.get()).status).toBe(303)
  })

  it('does not stop somebody who signs in', async () => {
    const server = createPageServer()
    const browser: CookieJar = new Map()
    const { user_code } = await server.start()
    for (let time = 0; time < 4; time++) await server.visit(undefined, undefined, undefined, browser).get()
    expect((await server.visit(alice, undefined, undefined, browser).get(`user_code=${user_code}`)).status).toBe(303)
  })

  it('is noticed on the page of devices too', async () => {
    const server = createPageServer()
    let cookie = ''
    const statuses: number[] = []
    for (let time = 0; time < 3; time++) {
      const answer = await server.get('/devices', { headers: { cookie } })
      statuses.push(answer.status)
      cookie = String(answer.headers['set-cookie'] ?? cookie).split(';')[0] ?? ''
    }
    expect(statuses).toEqual([303, 303, 401])
  })
})
