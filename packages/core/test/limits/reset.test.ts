import { describe, expect, it } from 'vitest'
import { alice, bob, createPageServer } from '../verification/visitor.ts'

const wrong = 'BCDF-GHJK'

describe('limits.reset', () => {
  it('F-30 lets a user enter codes and approve again at once, and no other user', async () => {
    const server = createPageServer({ limits: { approvalsPerUser: 1 } })
    const approve = async (user: typeof alice): Promise<number> => {
      const { user_code } = await server.start()
      const visitor = server.visit(user)
      const query = await visitor.enter(user_code)
      return (await visitor.post({ handle: await visitor.handle(query), action: 'approve' })).status
    }
    const guess = async (user: typeof alice): Promise<number> =>
      (await server.visit(user, undefined, '10.0.0.1').get(`user_code=${wrong}`)).status
    for (const user of [alice, bob]) {
      expect(await approve(user)).toBe(200)
      expect(await approve(user)).toBe(429)
      for (let time = 0; time < 10; time++) await guess(user)
      expect(await guess(user)).toBe(429)
    }
    await server.deviceAuth.limits.reset('alice')
    for (let time = 0; time < 9; time++) expect(await guess(alice)).toBe(200)
    expect(await approve(alice)).toBe(200)
    expect(await guess(bob)).toBe(429)
    expect(await guess(alice)).toBe(200)
    expect(await guess(alice)).toBe(429)
    expect(await approve(alice).catch(() => 'no page')).toBe('no page')
  })

  it('F-30 changes nothing for a user without attempts', async () => {
    const server = createPageServer()
    await server.deviceAuth.limits.reset('carol')
    expect((await server.visit({ id: 'carol' }).get(`user_code=${wrong}`)).status).toBe(200)
  })

  it.each([undefined, '', 7])('refuses %j as a subject', async (subject) => {
    const { deviceAuth } = createPageServer()
    const call = Reflect.apply(deviceAuth.limits.reset, undefined, [subject])
    await expect(call).rejects.toThrow('limits.reset() needs a non-empty string as its subject')
  })
})
