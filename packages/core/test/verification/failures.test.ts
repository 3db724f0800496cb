import { describe, expect, it } from 'vitest'
import { type Client, deviceClient } from '../../src/protocol.ts'
import { MemoryStore } from '../../src/stores/memory/memory-store.ts'
import { testClock } from '../../src/testing/clock.ts'
import { type FaultPlan, faultyStore } from '../../src/testing/faulty-store.ts'
import { alice, createPageServer, queryOf, title } from './visitor.ts'

function faultyServer(plan: FaultPlan): ReturnType<typeof createPageServer> {
  return createPageServer({ store: faultyStore(new MemoryStore(), plan), clock: testClock(0) })
}

describe('F-15 the store fails under the page', () => {
  it.each(['claimByUserCode', 'claim', 'findDeviceCredential', 'takeAttempts', 'decide'] as const)(
    'F-15 %s: 503 with Retry-After, nothing is decided, and the user can go on',
    async (failing) => {
      let down = false
      const server = faultyServer((step) => (down && step === failing ? 'throw' : undefined))
      const { device_code, user_code } = await server.start()
      const visitor = server.visit(alice)
      const enter = await visitor.handle('')
      const decides = failing !== 'claimByUserCode'
      const confirm = decides ? await visitor.handle(await visitor.enter(user_code)) : ''
      down = true
      const response = await visitor.post(
        decides ? { handle: confirm, action: 'approve' } : { handle: enter, user_code, action: 'continue' },
      )
      expect([response.status, title(response)]).toEqual([503, 'Please try again'])
      expect(Number(response.headers['retry-after'])).toBeGreaterThan(0)
      expect(response.headers['x-frame-options']).toBe('DENY')
      expect(server.errors).toHaveLength(1)
      down = false
      expect(server.json(await server.poll(device_code)).error).toBe('authorization_pending')
      const handle = await visitor.handle(await visitor.enter(user_code))
      expect((await visitor.post({ handle, action: 'approve' })).status).toBe(200)
      expect((await server.poll(device_code)).status).toBe(200)
    },
  )

  it.each(['takeAttempts', 'findByUserCode'] as const)(
    'F-15 %s under a link with the code: 503 with Retry-After, and the link works later',
    async (failing) => {
      let down = false
      const server = faultyServer((step) => (down && step === failing ? 'throw' : undefined))
      const { device_code, user_code } = await server.start()
      const visitor = server.visit(alice)
      down = true
      const response = await visitor.get(`user_code=${user_code}`)
      expect([response.status, title(response)]).toEqual([503, 'Please try again'])
      expect(Number(response.headers['retry-after'])).toBeGreaterThan(0)
      expect(server.errors).toHaveLength(1)
      down = false
      expect((await visitor.get(`user_code=${user_code}`)).status).toBe(303)
      expect(server.json(await server.poll(device_code)).error).toBe('authorization_pending')
    },
  )

  it.each(['throw', 'throwAfter'] as const)(
    'F-15 a typed code whose step fails (%s) costs no attempt',
    async (fault) => {
      let failures = 0
      const server = faultyServer((step) => (step === 'claimByUserCode' && failures-- > 0 ? fault : undefined))
      const { user_code } = await server.start()
      const visitor = server.visit(alice)
      const handle = await visitor.handle('')
      failures = 12
      const form = { handle, user_code, action: 'continue' }
      for (let times = 0; times < 12; times++) expect((await visitor.post(form)).status).toBe(503)
      for (let typo = 0; typo < 4; typo++) {
        expect((await visitor.post({ ...form, user_code: 'BCDF-GHJK' })).status).toBe(200)
      }
      expect((await visitor.post(form)).status).toBe(303)
    },
  )

  it('F-15 giveBackAttempts: the user goes on at once, and the failure is reported', async () => {
    const server = faultyServer((step, count) => (step === 'giveBackAttempts' && count === 1 ? 'throw' : undefined))
    const { device_code, user_code } = await server.start()
    const visitor = server.visit(alice)
    const handle = await visitor.handle(await visitor.enter(user_code))
    expect(server.errors).toHaveLength(1)
    expect((await visitor.post({ handle, action: 'approve' })).status).toBe(200)
    expect((await server.poll(device_code)).status).toBe(200)
  })

  it('F-15 a decision that the store took without saying so: the page does not claim that nothing happened', async () => {
    const server = faultyServer((step) => (step === 'decide' ? 'throwAfter' : undefined))
    const { device_code, user_code } = await server.start()
    const visitor = server.visit(alice)
    const handle = await visitor.handle(await visitor.enter(user_code))
    const response = await visitor.post({ handle, action: 'approve' })
    expect(response.status).toBe(503)
    expect(response.body).not.toContain('Nothing was changed')
    expect(response.body).toContain('it may have worked')
    expect((await server.poll(device_code)).status).toBe(200)
  })
})

describe('hooks fail under the page', () => {
  it('F-15 a page that cannot be shown after the decision does not claim that nothing happened', async () => {
    const server = createPageServer({
      hooks: {
        renderPage: (model) => {
          if (model.page === 'done') throw new Error('template')
          return `<input name="handle" value="${'handle' in model ? model.handle : ''}">`
        },
        onError: () => {},
      },
    })
    const { device_code, user_code } = await server.start()
    const visitor = server.visit(alice)
    const handle = await visitor.handle(await visitor.enter(user_code))
    const response = await visitor.post({ handle, action: 'approve' })
    expect(response.status).toBe(500)
    expect(response.body).toContain('it may have worked')
    expect((await server.poll(device_code)).status).toBe(200)
  })

  it.each([undefined, null, 5, {}])(
    'a renderPage hook that gives %j gives way to the built-in error page',
    async (page) => {
      // @ts-expect-error what JavaScript may return
      const server = createPageServer({ hooks: { renderPage: () => page } })
      const response = await server.visit(alice).get()
      expect([response.status, title(response)]).toEqual([500, 'Something went wrong'])
      expect(response.headers['content-security-policy']).toContain("frame-ancestors 'none'")
      expect(server.errors).toHaveLength(1)
    },
  )

  it.each(['', undefined, null, 5, {}, 'x\ud800', 'a\0'])(
    '6749-3.1-1 an authenticateUser hook that gives the subject %j identifies nobody: no page, no decision',
    async (subject) => {
      // @ts-expect-error what JavaScript may return
      const server = createPageServer({ hooks: { authenticateUser: () => ({ subject, username: 'Alice' }) } })
      const failures: unknown[] = []
      // `onError` is told of the first one, and of the others at the end of the second
      server.deviceAuth.on('failed', ({ operation }) => failures.push(operation))
      const { device_code, user_code } = await server.start()
      const visitor = server.visit()
      for (const response of [
        await visitor.get(),
        await visitor.get(`user_code=${user_code}`),
        await visitor.post({ user_code, action: 'continue' }),
      ]) {
        expect(response.status).toBe(500)
        expect(response.body).not.toContain('name="handle"')
      }
      expect(failures).toEqual(['verification', 'verification', 'verification'])
      expect(server.errors).toHaveLength(1)
      expect(server.json(await server.poll(device_code)).error).toBe('authorization_pending')
    },
  )

  it.each([undefined, null])(
    '6749-3.1-1 an authenticateUser hook that gives %j means nobody is signed in',
    async (user) => {
      // @ts-expect-error what JavaScript may return
      const server = createPageServer({ hooks: { authenticateUser: () => user } })
      expect((await server.visit().get()).status).toBe(303)
    },
  )
})

describe('forms that no page of ours sends', () => {
  it('8628-3.1-8 a repeated parameter is refused, and decides nothing', async () => {
    const server = createPageServer()
    const { device_code, user_code } = await server.start()
    const visitor = server.visit(alice)
    const handle = await visitor.handle(await visitor.enter(user_code))
    const extras = { native: { user: alice }, headers: { 'sec-fetch-site': 'same-origin' } }
    for (const repeated of ['handle', 'user_code', 'action']) {
      const form: [string, string][] = [
        ['handle', handle],
        ['user_code', user_code],
        ['action', 'approve'],
        ['own_device', 'yes'],
      ]
      form.push(...form.filter(([name]) => name === repeated))
      const response = await server.post('/device', form, extras)
      expect([response.status, title(response)]).toEqual([400, 'That did not work'])
    }
    expect(server.json(await server.poll(device_code)).error).toBe('authorization_pending')
  })

  it('a link with two codes counts as one with none', async () => {
    const server = createPageServer()
    const [one, two] = [await server.start(), await server.start()]
    const response = await server.visit(alice).get(`user_code=${one.user_code}&user_code=${two.user_code}`)
    expect([response.status, title(response)]).toEqual([200, 'Connect a device'])
    expect(response.body).not.toContain(one.user_code)
  })

  it('an empty code is asked for again, and costs no attempt', async () => {
    const server = createPageServer({ limits: { userCodesPerUser: 1 } })
    const visitor = server.visit(alice)
    for (let time = 0; time < 3; time++) {
      const response = await visitor.post({ handle: await visitor.handle(''), user_code: '', action: 'continue' })
      expect(response.status).toBe(200)
      expect(response.body).toContain('Type the code that your device shows.')
    }
    const { user_code } = await server.start()
    expect(await visitor.enter(user_code)).toContain('handle=')
  })
})

it('F-43 a form of before the log-in keeps the code that was typed, and asks once more', async () => {
  const server = createPageServer()
  const { user_code } = await server.start()
  const before = await server.visit(alice, 'before').handle('')
  const visitor = server.visit(alice, 'after')
  const response = await visitor.post({ handle: before, user_code, action: 'continue' })
  expect([response.status, title(response)]).toEqual([200, 'Connect a device'])
  expect(response.body).toContain(`value="${user_code}"`)
  expect((await server.deviceAuth.find(user_code))?.claimedBy).toBeUndefined()
})

it('a client that is gone when the user answers gets no tokens of it', async () => {
  const gone = new Set<string>()
  const tv: Client = deviceClient({ client_id: 'tv', scope: 'profile' })
  const server = createPageServer({ clients: (id) => (id === 'tv' && !gone.has(id) ? tv : undefined) })
  const { device_code, user_code } = await server.start()
  const visitor = server.visit(alice)
  const handle = await visitor.handle(queryOf(await visitor.get(`user_code=${user_code}`)))
  gone.add('tv')
  await visitor.post({ handle, action: 'approve' })
  expect(server.json(await server.poll(device_code)).error).toBe('invalid_client')
})
