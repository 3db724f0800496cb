import { DeviceFlow, type DeviceFlowOptions, discover, findProfile, refreshTokens } from '@device-auth/client'
import { idTokenVerifier } from '@device-auth/client/jose'
import express, { type RequestHandler } from 'express'
import { OAuth2Server } from 'oauth2-mock-server'
import { afterEach, describe, expect, it } from 'vitest'
import { fastClock } from './fast-clock.ts'
import { closeServers, serve } from './serve.ts'
import { type BetterAuth, createBetterAuth } from './strangers/better-auth.ts'

afterEach(closeServers)

const local = { dangerouslyAllowHttp: true }
const quick = { clientId: 'tv', ...local }

describe('better-auth', () => {
  async function start() {
    let auth: BetterAuth | undefined
    const origin = await serve((own) => {
      auth = createBetterAuth(own)
      return auth.listener
    })
    await auth?.signUp()
    const decide = async (userCode: string, decision: 'approve' | 'deny') => auth?.decide(userCode, decision)
    const options: DeviceFlowOptions = { ...quick, issuer: `${origin}/api/auth`, profile: findProfile('better-auth') }
    return { origin, options, decide }
  }

  it('signs in, and the token is a session of the user', async () => {
    const { origin, options, decide } = await start()
    // better-auth measures with the real clock, so on the fast clock some polls are too early
    const flow = new DeviceFlow({ ...options, clock: fastClock(), scope: 'profile' })
    const heard: (string | undefined)[] = []
    flow.on('poll', ({ lastError }) => {
      heard.push(lastError)
      if (heard.length === 2) void decide(flow.userCode ?? '', 'approve')
    })
    const result = await flow.run()
    expect(result).toMatchObject({ ok: true, tokenType: 'Bearer', scope: 'profile' })
    expect(heard.filter((error) => error !== 'slow_down').slice(0, 2)).toEqual([undefined, 'authorization_pending'])
    expect(flow.verificationUriComplete).toBe(`${origin}/device?user_code=${flow.userCode}`)
    flow.close()
  })

  it('gets the outcome denied', async () => {
    const { options, decide } = await start()
    const flow = new DeviceFlow({ ...options, clock: fastClock() })
    flow.on('authorizeWithUserCode', ({ userCode }) => void decide(userCode, 'deny'))
    expect(await flow.run()).toMatchObject({ ok: false, outcome: 'denied' })
    flow.close()
  })

  it('deviates from the RFC: the token endpoint accepts no form, and there is no metadata', async () => {
    const { origin, options } = await start()
    const body = new URLSearchParams({ grant_type: 'urn:ietf:params:oauth:grant-type:device_code' })
    const form = await fetch(`${origin}/api/auth/device/token`, { method: 'POST', body })
    expect(form.status).toBe(415)
    expect(await discover(options.issuer ?? '', local)).toMatchObject({ ok: false, status: 404 })
  })
})

/** The used parts of packages without types. */
type Issued = (error: Error | null, ...values: readonly unknown[]) => void
interface OAuth2orize {
  createServer(): {
    exchange(type: string, exchange: RequestHandler): void
    token(): RequestHandler
    errorHandler(): RequestHandler
  }
}
interface DeviceCodeExtension {
  readonly middleware: {
    authorization(
      options: object,
      issue: (client: unknown, scope: readonly string[], issued: Issued) => void,
    ): RequestHandler
  }
  readonly exchange: {
    deviceCode(issue: (client: unknown, deviceCode: string, issued: Issued) => void): RequestHandler
  }
  readonly TokenError: new (message: string, code: string) => Error
}

describe('oauth2orize with oauth2orize-device-code', () => {
  async function start(decide: (poll: number) => 'authorization_pending' | 'access_denied' | undefined) {
    const [base, extension] = ['oauth2orize', 'oauth2orize-device-code']
    const { default: oauth2orize } = (await import(base)) as { default: OAuth2orize }
    const { default: device } = (await import(extension)) as { default: DeviceCodeExtension }
    let polls = 0
    const origin = await serve((origin) => {
      const oauth = oauth2orize.createServer()
      const exchange = device.exchange.deviceCode((_client, deviceCode, issued) => {
        const error = deviceCode === 'dc' ? decide(++polls) : 'invalid_grant'
        if (error !== undefined) return issued(new device.TokenError('Not now', error))
        issued(null, 'at', 'rt', { expires_in: 3600, scope: 'profile' })
      })
      oauth.exchange('urn:ietf:params:oauth:grant-type:device_code', exchange)
      const codes = device.middleware.authorization(
        { verificationURI: `${origin}/device` },
        (_client, _scope, issued) => issued(null, 'dc', 'BCDF-GHJK', { expires_in: 600 }),
      )
      return express()
        .use(express.urlencoded())
        .post('/device_authorization', codes)
        .post('/token', oauth.token(), oauth.errorHandler())
    })
    const endpoints = {
      deviceAuthorizationEndpoint: `${origin}/device_authorization`,
      tokenEndpoint: `${origin}/token`,
    }
    return new DeviceFlow({ ...quick, ...endpoints, scope: 'profile', clock: fastClock() })
  }

  it('signs in, and gets the outcome denied', async () => {
    const flow = await start((poll) => (poll < 3 ? 'authorization_pending' : undefined))
    expect(await flow.run()).toMatchObject({ ok: true, accessToken: 'at', refreshToken: 'rt', scope: 'profile' })
    const denied = await start(() => 'access_denied')
    expect(await denied.run()).toMatchObject({ outcome: 'denied' })
    for (const one of [flow, denied]) one.close()
  })
})

describe('oauth2-mock-server', () => {
  it('has no device grant, as its metadata says; its tokens can be refreshed and verified', async () => {
    const mock = new OAuth2Server()
    await mock.issuer.keys.generate('RS256')
    await mock.start(0, '127.0.0.1')
    const issuer = mock.issuer.url ?? ''
    const metadata = await discover(issuer, local)
    expect(metadata).toMatchObject({ ok: true, issuer })
    const flow = new DeviceFlow({ ...quick, issuer })
    expect(await flow.getDeviceCode()).toMatchObject({
      error: 'client_error',
      errorDescription: expect.stringContaining('grant'),
    })
    const address = metadata.ok ? (metadata.tokenEndpoint ?? '') : ''
    const tokens = await refreshTokens({ ...quick, address, refreshToken: 'rt' }, local)
    expect(tokens).toMatchObject({ ok: true, tokenType: 'Bearer' })
    const idToken = tokens.ok ? (tokens.idToken ?? '') : ''
    await idTokenVerifier({ issuer, clientId: 'tv', dangerouslyAllowHttp: true })(idToken)
    await mock.stop()
  })
})
