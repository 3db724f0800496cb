import { once } from 'node:events'
import { Agent, createServer, get, IncomingMessage, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { describe, expect, it } from 'vitest'
import { toNodeHandler } from '../../src/adapters/node-handler.ts'
import type { AcceptedAt, OAuthRequest } from '../../src/http.ts'
import { echoDeviceAuth } from '../../src/testing/adapter-contract/echo.ts'
import { ask } from './ask.ts'

const form = 'client_id=tv'

describe('toNodeHandler', () => {
  it('answers 404 in JSON if there is no application behind it', async () => {
    const response = await ask(toNodeHandler(echoDeviceAuth()), 'GET', '/other')
    expect(response.status).toBe(404)
    expect(response.headers['content-type']).toBe('application/json')
    expect(JSON.parse(response.body).error).toBe('invalid_request')
  })

  it('passes requests for other paths to the application behind it', async () => {
    const handler = toNodeHandler(echoDeviceAuth(), (_req, res) => void res.end('application'))
    expect((await ask(handler, 'GET', '/other')).body).toBe('application')
    expect((await ask(handler, 'POST', '/token', form)).status).toBe(200)
  })

  it('with a prefix it also serves the metadata at the root', async () => {
    const handler = toNodeHandler(echoDeviceAuth(), undefined, { prefix: 'oauth' })
    expect((await ask(handler, 'GET', '/.well-known/oauth-authorization-server/oauth')).status).toBe(200)
    expect((await ask(handler, 'GET', '/oauth/.well-known/oauth-authorization-server')).status).toBe(200)
    expect((await ask(handler, 'GET', '/oauthx/device')).status).toBe(404)
    const mounted = toNodeHandler(echoDeviceAuth())
    expect((await ask(mounted, 'GET', '/.well-known/oauth-authorization-server/oauth')).status).toBe(404)
  })

  it('serves only the paths of the option `only`', async () => {
    const options = { prefix: '/oauth', only: ['/token'] }
    const handler = toNodeHandler(echoDeviceAuth(), (_req, res) => void res.end('application'), options)
    expect((await ask(handler, 'POST', '/oauth/token', form)).status).toBe(200)
    for (const path of ['/oauth/device', '/token', '/.well-known/oauth-authorization-server/oauth']) {
      expect((await ask(handler, 'GET', path)).body).toBe('application')
    }
  })

  it('passes a failure to next; without one it answers 500 without details', async () => {
    const broken = echoDeviceAuth<IncomingMessage>([], () => Promise.reject(new Error('a secret')))
    const response = await ask(toNodeHandler(broken), 'POST', '/token', form)
    expect([response.status, JSON.parse(response.body).error]).toEqual([500, 'server_error'])
    expect(response.body).not.toContain('secret')
    const handed: unknown[] = []
    const middleware: RequestListener = (req, res) =>
      toNodeHandler(broken)(req, res, (error) => {
        handed.push(error)
        res.end()
      })
    await ask(middleware, 'POST', '/token', form)
    expect(handed).toEqual([new Error('a secret')])
  })

  it('tells an endpoint where the connection of its first request was accepted', async () => {
    const seen: OAuthRequest<IncomingMessage>[] = []
    const places: (AcceptedAt | undefined)[] = []
    const deviceAuth = echoDeviceAuth<IncomingMessage>(seen, async (request) => {
      places.push(request.acceptedAt?.())
      return { status: 200, headers: {}, body: '' }
    })
    const server = createServer(toNodeHandler(deviceAuth)).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    for (const agent of [new Agent({ keepAlive: true }), new Agent({ keepAlive: true })]) {
      for (let time = 0; time < 2; time++) {
        const response: IncomingMessage = (
          await once(get({ host: '127.0.0.1', port, path: '/device', agent }), 'response')
        )[0]
        await text(response)
      }
      agent.destroy()
    }
    const place = { port, isIPv6: false }
    expect(places).toEqual([place, undefined, place, undefined])
    await new Promise((resolve) => server.close(resolve))
  })

  it('passes the request itself to hooks', async () => {
    const seen: OAuthRequest<IncomingMessage>[] = []
    await ask(toNodeHandler(echoDeviceAuth(seen)), 'POST', '/token', form)
    expect(seen[0]?.native).toBeInstanceOf(IncomingMessage)
  })
})
