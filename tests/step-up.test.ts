import type { RequestListener } from 'node:http'
import { DeviceFlow, readStepUp } from '@device-auth/client'
import type { AccessControl, TokenAuthority } from '@device-auth/core'
import { createDeviceAuth, deviceAuthRouter, deviceClient, requireToken } from '@device-auth/express'
import { requireToken as requireTokenFastify } from '@device-auth/fastify'
import { requireToken as requireTokenKoa } from '@device-auth/koa'
import express from 'express'
import fastify from 'fastify'
import Koa from 'koa'
import { afterEach, describe, expect, it } from 'vitest'
import { closeServers, serve } from './serve.ts'

afterEach(closeServers)

type Access = Pick<AccessControl, 'acrValues' | 'maxAge'>

/** An API with one guarded path, in each framework. */
const apis: Readonly<
  Record<string, (authority: TokenAuthority, access: Access) => RequestListener | Promise<RequestListener>>
> = {
  Express: (authority, access) =>
    express().get('/', requireToken(authority, access), (_req, res) => void res.end('ok')),
  Koa: (authority, access) =>
    new Koa()
      .use(requireTokenKoa(authority, access))
      .use((ctx) => {
        ctx.body = 'ok'
      })
      .callback(),
  Fastify: async (authority, access) => {
    const app = fastify()
    app.get('/', { onRequest: requireTokenFastify(authority, access) }, async () => 'ok')
    await app.ready()
    return app.routing
  },
}

describe.each(Object.entries(apis))('the guard of %s', (_name, apiOf) => {
  it('9470-3 challenges a token whose log-in is too weak or too old, and lets another pass', async () => {
    const claims = { subject: 'ada', clientId: 'tv', scope: '', issuedAt: 0, expiresAt: 1, grantId: 'g' }
    const authority: TokenAuthority = {
      issuer: 'https://example.com',
      clock: () => 1_000_000,
      authenticate: (token) => ({ ...claims, authentication: { time: 900_000, acr: token } }),
    }
    const origin = await serve(() => apiOf(authority, { acrValues: 'gold', maxAge: 100 }))
    const ask = (token: string): Promise<Response> => fetch(origin, { headers: { authorization: `Bearer ${token}` } })
    expect((await ask('gold')).status).toBe(200)
    const refused = await ask('silver')
    expect(refused.status).toBe(401)
    expect(readStepUp(refused)).toEqual({ parameters: { acr_values: 'gold', max_age: '100' } })
    await expect(async () => apiOf(authority, { maxAge: -1 })).rejects.toThrow(/maxAge/)
  })
})

it('9470-4 the client signs in anew as the challenge asks, and the API takes the new token', async () => {
  const acrValues = ['urn:example:silver', 'urn:example:gold']
  let deviceAuth: ReturnType<typeof createDeviceAuth> | undefined
  const origin = await serve((address) => {
    const clients = [deviceClient({ client_id: 'tv', scope: 'films' })]
    const made = createDeviceAuth({ issuer: `${address}/oauth`, clients, interval: 1, acrValues })
    deviceAuth = made
    const app = express().use('/oauth', deviceAuthRouter(made))
    return app.get(
      '/me',
      requireToken(made, { scope: 'films', acrValues: 'urn:example:gold' }),
      (_req, res) => void res.end(),
    )
  })
  const signIn = async (parameters: Readonly<Record<string, string>>, acr: string): Promise<Response> => {
    const flow = new DeviceFlow({ issuer: `${origin}/oauth`, clientId: 'tv', scope: 'films', parameters })
    const codes = await flow.getDeviceCode()
    if (!codes.ok) throw new Error(codes.message)
    const user = { subject: 'ada', authentication: { time: Date.now(), acr } }
    expect(await deviceAuth?.approve(codes.userCode, user)).toBe('decided')
    flow.startPolling()
    const result = await flow.finished()
    if (!result.ok) throw new Error(result.message)
    flow.close()
    return fetch(`${origin}/me`, { headers: result.headers })
  }
  const first = await signIn({}, 'urn:example:silver')
  expect(first.status).toBe(401)
  const stepUp = readStepUp(first)
  expect(stepUp).toEqual({ parameters: { acr_values: 'urn:example:gold' }, scope: 'films' })
  expect((await signIn(stepUp?.parameters ?? {}, 'urn:example:gold')).status).toBe(200)
})
