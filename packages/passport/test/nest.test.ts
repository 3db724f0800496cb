import * as nest10 from 'passport-nest10'
import * as nest11 from 'passport-nest11'
import * as nest12 from 'passport-nest12'
import request from 'supertest'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Provider, startProvider } from './provider.ts'
import { signInOptions } from './sign-in-options.ts'

describe.each([
  ['Nest 10', nest10],
  ['Nest 11', nest11],
  ['Nest 12', nest12],
])('under @nestjs/passport of %s', (_version, { createApp }) => {
  let provider: Provider
  let app: Awaited<ReturnType<typeof createApp>>
  beforeAll(async () => {
    provider = await startProvider()
    app = await createApp(signInOptions(provider, { userinfoEndpoint: `${provider.issuer}/userinfo` }))
  })
  afterAll(async () => {
    await app.close()
    provider.close()
  })

  it('a good token gives its user, with validate()', async () => {
    const { status, body } = await request(app.getHttpServer()).get('/music').set('authorization', 'Bearer good')
    expect([status, body]).toEqual([200, { id: 'ann' }])
  })

  it('other tokens are refused with their status; a filter adds the JSON of the RFC', async () => {
    for (const [authorization, status, error] of [
      ['', 401, 'Unauthorized'],
      ['Bearer wrong', 401, 'Unauthorized'],
      ['Bearer a b', 400, 'invalid_request'],
      ['Bearer down', 503, 'temporarily_unavailable'],
    ] as const) {
      const { status: found, body } = await request(app.getHttpServer()).get('/music').set({ authorization })
      expect([found, body.error ?? body.message], authorization).toEqual([status, error])
    }
  })

  it('a user signs in by a device flow elsewhere, with validate()', async () => {
    const agent = request.agent(app.getHttpServer())
    expect((await agent.get('/login')).body).toEqual({})
    const { userCode } = (await agent.post('/login')).body.deviceSignIn
    provider.advance(6)
    expect((await agent.get('/login')).body).toMatchObject({ deviceSignIn: { userCode } })
    await provider.deviceAuth.approve(userCode, { subject: 'ann' })
    provider.advance(6)
    const { status, body } = await agent.get('/login')
    expect([status, body]).toEqual([200, { user: { id: 'ann' } }])
  })

  it('a denied sign-in is 401, and the next POST starts a new one', async () => {
    const agent = request.agent(app.getHttpServer())
    const { userCode } = (await agent.post('/login')).body.deviceSignIn
    await provider.deviceAuth.deny(userCode)
    provider.advance(6)
    expect((await agent.get('/login')).status).toBe(401)
    expect((await agent.post('/login')).body.deviceSignIn.userCode).not.toBe(userCode)
  })
})
