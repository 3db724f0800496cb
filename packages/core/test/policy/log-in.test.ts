import { describe, expect, it } from 'vitest'
import type { Authentication } from '../../src/contract/store.ts'
import { createTestServer, expectError, expectToken, type TestServerOptions } from '../server.ts'
import { createPageServer, handleOf, queryOf, title } from '../verification/visitor.ts'

const [weak, strong] = ['urn:example:password', 'urn:example:two-factors']
const acrValues = [weak, strong]
const asking = (more: Readonly<Record<string, string>>) => ({ client_id: 'tv', scope: 'profile', ...more })

/** A page server whose one user has the given log-in, which tests may change. */
function stepUpServer(login: { current?: Authentication }, options: TestServerOptions = {}) {
  const authenticateUser = () => ({
    subject: 'alice',
    ...(login.current === undefined ? {} : { authentication: login.current }),
  })
  return createPageServer({ acrValues, hooks: { authenticateUser }, ...options })
}

describe('the log-in that a device asks for', () => {
  it.each<[Readonly<Record<string, string>>, string]>([
    [{ acr_values: 'urn:example:unknown' }, 'unmet_authentication_requirements'],
    [{ acr_values: '"' }, 'invalid_request'],
    [{ max_age: '-1' }, 'invalid_request'],
    [{ max_age: '1.5' }, 'invalid_request'],
    [{ max_age: '1e3' }, 'invalid_request'],
    [{ max_age: '9999999999' }, 'invalid_request'],
    [{ prompt: 'none' }, 'invalid_request'],
    [{ prompt: 'login none' }, 'invalid_request'],
    [{ prompt: 'x' }, 'invalid_request'],
  ])('OIDC-3.1.2.1 %j is answered %s', async (more, error) => {
    expectError(await createTestServer({ acrValues }).deviceAuthorization(asking(more)), error)
  })

  it('OIDC-3.1.2.1 is kept with the request; classes that nobody has are left out', async () => {
    const server = createTestServer({ acrValues })
    const more = { acr_values: `urn:x ${strong} ${weak}`, max_age: '60', prompt: 'login consent' }
    const { user_code: userCode } = await server.start(asking(more))
    const login = { acrValues: [strong, weak], maxAge: 60, prompt: 'login consent' }
    expect((await server.deviceAuth.find(userCode))?.target).toEqual({ login })
    expect(server.deviceAuth.metadata.acr_values_supported).toEqual(acrValues)
  })

  it('OIDC-3.1.2.1 without the option, the parameters are those of nobody', async () => {
    const server = createTestServer()
    const { user_code: userCode } = await server.start(asking({ acr_values: '"', max_age: '-1', prompt: 'none' }))
    expect((await server.deviceAuth.find(userCode))?.target).toBeUndefined()
    expect(server.deviceAuth.metadata).not.toHaveProperty('acr_values_supported')
  })

  it.each<[Readonly<Record<string, string>>, (now: number) => Authentication | undefined, boolean]>([
    [{ acr_values: strong }, (now) => ({ time: now, acr: strong }), true],
    [{ acr_values: `${strong} ${weak}` }, (now) => ({ time: now, acr: weak }), true],
    [{ acr_values: strong }, (now) => ({ time: now, acr: weak }), false],
    [{ acr_values: strong }, (now) => ({ time: now }), false],
    [{ acr_values: strong }, () => undefined, false],
    [{ max_age: '60' }, (now) => ({ time: now - 60_000 }), true],
    [{ max_age: '60' }, (now) => ({ time: now - 61_000 }), false],
    [{ max_age: '60' }, () => undefined, false],
    [{ max_age: '0' }, (now) => ({ time: now - 1000 }), false],
    [{ prompt: 'login' }, (now) => ({ time: now - 1000 }), false],
    [{ prompt: 'login', max_age: '60' }, (now) => ({ time: now - 1000 }), false],
    [{ prompt: 'login' }, (now) => ({ time: now + 5000 }), true],
    [{ prompt: 'consent' }, () => undefined, true],
    [{ max_age: '60', acr_values: strong }, (now) => ({ time: now, acr: weak }), false],
  ])(
    'OIDC-3.1.2.1 %j: a log-in (%#) leads to the confirm page or back to the log-in: %o',
    async (more, loginAt, meets) => {
      const login: { current?: Authentication } = {}
      const server = stepUpServer(login)
      const given = loginAt(server.clock())
      if (given !== undefined) login.current = given
      const { user_code: userCode } = await server.start(asking(more))
      server.clock.advance(10)
      const visitor = server.visit({})
      const shown = await visitor.get(await visitor.enter(userCode))
      expect(shown.status).toBe(meets ? 200 : 303)
      if (!meets) expect(shown.headers.location).toMatch(/^\/login\?return_to=%2Foauth%2Fdevice%3Fhandle%3D/)
      const decision = { subject: 'alice', ...(given && { authentication: given }) }
      const approving = server.deviceAuth.approve(userCode, decision)
      if (meets) expect(await approving).toBe('decided')
      else await expect(approving).rejects.toThrow('Ask the user to log in again')
    },
  )

  it('OIDC-3.1.2.1 the log-in is told what is asked for, and leads back to the request', async () => {
    const login: { current?: Authentication } = {}
    const server = stepUpServer(login)
    login.current = { time: server.clock() - 1000, acr: weak }
    const { user_code, device_code } = await server.start(asking({ acr_values: strong, max_age: '0', prompt: 'login' }))
    const visitor = server.visit({})
    const { headers } = await visitor.get(await visitor.enter(user_code))
    const asked = new URL(String(headers.location), 'https://auth.example.com').searchParams
    expect(Object.fromEntries(asked)).toEqual({
      return_to: expect.stringMatching(/^\/oauth\/device\?handle=[\w-]+$/),
      acr_values: strong,
      max_age: '0',
      prompt: 'login',
    })
    expect(String(headers.location)).not.toContain(user_code)
    server.clock.advance(20)
    login.current = { time: server.clock(), acr: strong }
    const back = await visitor.get(String(asked.get('return_to')).split('?')[1])
    const confirm = await visitor.get(queryOf(back))
    expect(confirm.body).toContain(user_code)
    expect((await visitor.post({ handle: handleOf(confirm), action: 'approve' })).status).toBe(200)
    const { access_token: token } = expectToken(await server.poll(device_code))
    const told = { auth_time: Math.floor(server.clock() / 1000), acr: strong }
    expect(server.json(await server.introspect(token))).toMatchObject(told)
    expect((await server.deviceAuth.authenticate(token))?.authentication).toEqual(login.current)
  })

  it('OIDC-3.1.2.1 a function `loginUrl` gets it as its third argument', async () => {
    const told: unknown[] = []
    const loginUrl = (_back: string, _request: unknown, required: unknown): string => {
      told.push(required)
      return '/login'
    }
    const server = stepUpServer({}, { loginUrl })
    const { user_code: userCode } = await server.start(asking({ max_age: '60' }))
    const visitor = server.visit({})
    await visitor.get(await visitor.enter(userCode))
    expect(told).toEqual([{ maxAge: 60 }])
  })

  it('OIDC-3.1.2.1 a form of an old page approves nothing without the log-in, and declines all the same', async () => {
    const login: { current?: Authentication } = {}
    const server = stepUpServer(login)
    login.current = { time: server.clock(), acr: strong }
    const { user_code, device_code } = await server.start(asking({ acr_values: strong }))
    const visitor = server.visit({})
    const handle = await visitor.handle(await visitor.enter(user_code))
    login.current = { time: server.clock(), acr: weak }
    const refused = await visitor.post({ handle, action: 'approve' })
    expect([refused.status, title(refused)]).toEqual([401, 'Sign in first'])
    expectError(await server.poll(device_code), 'authorization_pending')
    expect((await visitor.post({ handle, action: 'deny' })).status).toBe(200)
    server.clock.advance(5)
    expectError(await server.poll(device_code), 'access_denied')
  })

  it('a browser that comes back without a better log-in gets a page with a link, and is not led round for ever', async () => {
    const server = stepUpServer({})
    const { user_code: userCode } = await server.start(asking({ prompt: 'login' }))
    const visitor = server.visit({})
    const query = await visitor.enter(userCode)
    const statuses: number[] = []
    for (let time = 0; time < 4; time++) statuses.push((await visitor.get(query)).status)
    expect(statuses).toEqual([303, 303, 401, 401])
    expect(server.failures).toEqual([])
  })

  it.each([[['a b']], [[1]], ['urn:a']])('the option `acrValues` refuses %j', (wrong) => {
    expect(() => createTestServer({ acrValues: wrong as never })).toThrow(/option `acrValues` is .*a list of classes/)
  })
})
