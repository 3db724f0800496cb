// Data of the application's own on a grant: chosen at the approval, seen by all that look at the tokens later.
import { describe, expect, it } from 'vitest'
import type { ApprovedGrant, GrantApproval } from '../../src/contract/hook-arguments.ts'
import { OAuthError } from '../../src/errors.ts'
import { checkToken } from '../../src/tokens/bearer.ts'
import { basic, confSecret, createTestServer, expectError, expectToken, json } from '../server.ts'
import { alice, createPageServer } from './visitor.ts'

const data = { workspace: 'w 1', nested: { tenant: null, flags: [true, 0] } }

describe('data that approve() is given', () => {
  it('is seen by guards, resource servers, the list of devices and the hooks of tokens, after a refresh too', async () => {
    const approved: ApprovedGrant[] = []
    const server = createTestServer({
      hooks: {
        beforeIssue(grant) {
          approved.push(grant)
          return true
        },
      },
    })
    const codes = await server.start()
    expect(await server.deviceAuth.approve(codes.user_code, { subject: 'alice', data })).toBe('decided')
    const first = expectToken(await server.poll(codes.device_code))
    const second = expectToken(await server.refresh(first.refresh_token ?? ''))
    expect(approved.map(({ userGrant }) => userGrant.data)).toEqual([data, data])
    for (const { access_token: token } of [first, second]) {
      expect(await server.deviceAuth.authenticate(token)).toMatchObject({ subject: 'alice', data })
      const checked = await checkToken(server.deviceAuth, { authorization: `Bearer ${token}` })
      expect(checked).toMatchObject({ claims: { data } })
      expect(json(await server.introspect(token))).toMatchObject({ active: true, data })
    }
    expect(await server.deviceAuth.devices.list('alice')).toMatchObject([{ data }])
  })

  it('is not told to a client that introspects its own token, nor in the token response', async () => {
    const server = createTestServer()
    const headers = basic('conf', confSecret)
    const codes = await server.start({}, { headers })
    await server.deviceAuth.approve(codes.user_code, { subject: 'alice', data })
    const token = expectToken(await server.poll(codes.device_code, {}, { headers }))
    expect(token).not.toHaveProperty('data')
    const response = await server.introspect(token.access_token, { headers })
    expect(json(response)).toMatchObject({ active: true, client_id: 'conf' })
    expect(json(response)).not.toHaveProperty('data')
  })

  it('is no member of claims and answers if none was given', async () => {
    const server = createTestServer()
    const { access_token: token } = await server.signIn()
    expect(await server.deviceAuth.authenticate(token)).not.toHaveProperty('data')
    expect(json(await server.introspect(token))).not.toHaveProperty('data')
  })

  it('is refused if it is no JSON, and decides nothing', async () => {
    const server = createTestServer()
    const codes = await server.start()
    const approve = server.deviceAuth.approve(codes.user_code, { subject: 'alice', data: { since: new Date(0) } })
    await expect(approve).rejects.toThrow('approve() gave a wrong `data`: `data.since` is an object of a class.')
    expectError(await server.poll(codes.device_code), 'authorization_pending')
  })
})

it('data of a decision that queryUserGrant finds is checked and kept', async () => {
  let given: Record<string, unknown> = { since: new Date(0) }
  const server = createTestServer({
    hooks: { queryUserGrant: ({ scope }) => ({ subject: 'alice', approved: true, scope, data: given }) },
  })
  const codes = await server.start()
  expectError(await server.poll(codes.device_code), 'authorization_pending')
  expect(String(server.failures[0])).toContain('queryUserGrant gave a wrong `data`')
  given = data
  server.clock.advance(5)
  const { access_token: token } = expectToken(await server.poll(codes.device_code))
  expect(await server.deviceAuth.authenticate(token)).toMatchObject({ data })
})

describe('the hook chooseGrantData', () => {
  it('chooses the data of an approval on the page, once, from the fields of the form', async () => {
    const asked: GrantApproval[] = []
    const server = createPageServer({
      hooks: {
        chooseGrantData(approval) {
          asked.push(approval)
          return { workspace: approval.request.form.get('workspace') }
        },
      },
    })
    const codes = await server.start({ client_id: 'tv', scope: 'profile' })
    const visitor = server.visit(alice)
    const handle = await visitor.handle(await visitor.enter(codes.user_code))
    expect(asked).toEqual([])
    expect((await visitor.post({ handle, action: 'approve', workspace: 'w 2' })).status).toBe(200)
    expect(asked).toMatchObject([
      { user: { subject: 'alice' }, client: { client_id: 'tv' }, scope: 'profile', credential: { clientId: 'tv' } },
    ])
    const { access_token: token } = expectToken(await server.poll(codes.device_code))
    expect(await server.deviceAuth.authenticate(token)).toMatchObject({ data: { workspace: 'w 2' } })
  })

  it('is not asked when the user declines', async () => {
    let calls = 0
    const server = createPageServer({ hooks: { chooseGrantData: () => void calls++ } })
    const codes = await server.start()
    const visitor = server.visit(alice)
    const handle = await visitor.handle(await visitor.enter(codes.user_code))
    expect((await visitor.post({ handle, action: 'deny' })).status).toBe(200)
    expect(calls).toBe(0)
  })

  it.each([
    ['refuses the approval with an OAuthError', new OAuthError('access_denied', 'No member.'), 400, 0],
    ['fails', new Error('no database'), 500, 1],
  ])('%s: the request stays pending, and no approval is counted', async (_, error, status, told) => {
    let fails = true
    const server = createPageServer({
      limits: { approvalsPerUser: 1 },
      hooks: {
        chooseGrantData() {
          if (fails) throw error
          return {}
        },
      },
    })
    const codes = await server.start()
    const visitor = server.visit(alice)
    const handle = await visitor.handle(await visitor.enter(codes.user_code))
    expect((await visitor.post({ handle, action: 'approve' })).status).toBe(status)
    expect(server.failures).toHaveLength(told)
    expectError(await server.poll(codes.device_code), 'authorization_pending')
    fails = false
    expect((await visitor.post({ handle, action: 'approve' })).status).toBe(200)
  })

  it('fails the approval if it returns no JSON', async () => {
    const server = createPageServer({ hooks: { chooseGrantData: () => ({ since: new Date(0) }) } })
    const codes = await server.start()
    const visitor = server.visit(alice)
    const handle = await visitor.handle(await visitor.enter(codes.user_code))
    expect((await visitor.post({ handle, action: 'approve' })).status).toBe(500)
    expect(String(server.failures[0])).toContain('the hook `chooseGrantData` gave a wrong `data`: `data.since`')
    expectError(await server.poll(codes.device_code), 'authorization_pending')
  })
})
