import {
  createDeviceAuth,
  type DeviceAuth,
  type DeviceAuthOptions,
  deviceAuthRouter,
  deviceClient,
  requireToken,
} from '@device-auth/express'
import express, { type Request } from 'express'
import { createOidcProvider, type RunningProvider } from './oidc-provider.ts'
import { serve } from './serve.ts'

/** Our server on Express, as in the README of that package, with a clock that tests can advance. */
export interface OurServer {
  readonly issuer: string
  readonly userinfo: string
  readonly deviceAuth: DeviceAuth<Request>
  /** Seconds. */
  advance(seconds: number): void
  /** The requests so far, such as `POST /oauth/token`. */
  readonly requests: string[]
}

export const clientSecret = 'a secret: %+&='

/**
 * @param interval - Seconds.
 * @param more - Further options of the server.
 */
export async function ourServer(interval: number, more: Partial<DeviceAuthOptions<Request>> = {}): Promise<OurServer> {
  let ahead = 0
  const requests: string[] = []
  let deviceAuth: DeviceAuth<Request> | undefined
  const origin = await serve((address) => {
    deviceAuth = createDeviceAuth<Request>({
      issuer: `${address}/oauth`,
      clients: [
        deviceClient({ client_id: 'cli', scope: 'profile' }),
        deviceClient({ client_id: 'kiosk', client_secret: clientSecret, scope: 'profile' }),
      ],
      scopes: { profile: 'Your name' },
      interval,
      clock: () => Date.now() + ahead,
      ...more,
    })
    const app = express()
    app.use((req, _res, next) => {
      requests.push(`${req.method} ${req.path}`)
      next()
    })
    app.use('/oauth', deviceAuthRouter(deviceAuth))
    app.get('/me', requireToken(deviceAuth, { scope: 'profile' }), (req, res) => {
      res.json({ sub: req.deviceToken?.subject, name: 'Ada Lovelace' })
    })
    return app
  })
  if (deviceAuth === undefined) throw new Error('The server was not created.')
  const advance = (seconds: number): void => {
    ahead += seconds * 1000
  }
  return { issuer: `${origin}/oauth`, userinfo: `${origin}/me`, deviceAuth, advance, requests }
}

/** Starts `oidc-provider`. It prints warnings about its defaults to the console; the caller has to silence them. */
export async function oidcProvider(): Promise<RunningProvider & { readonly issuer: string }> {
  let provider: RunningProvider | undefined
  const issuer = await serve(async (origin) => {
    provider = await createOidcProvider(origin, 'cli')
    return provider.listener
  })
  if (provider === undefined) throw new Error('The server was not created.')
  return { issuer, ...provider }
}

/** Text that controls a terminal: colours, a cleared screen, a new title, C1 characters, text from right to left. */
export const poison = '\x1b[31m\x1b[2J\x1b]0;owned\x07\x9b5m\u202egnp.exe\r\u200b'

/**
 * Starts a server whose answers contain {@link poison}.
 *
 * @param answers - The members of the token response.
 */
export function hostileServer(answers: Readonly<Record<string, unknown>>): Promise<string> {
  return serve((origin) => (req, res) => {
    const send = (status: number, members: object): void => {
      res.writeHead(status, { 'content-type': `application/json` }).end(JSON.stringify(members))
    }
    const { url = '' } = req
    if (url.includes('/.well-known/')) {
      send(200, {
        issuer: origin,
        device_authorization_endpoint: `${origin}/codes`,
        token_endpoint: `${origin}/token`,
        userinfo_endpoint: `${origin}/me`,
        response_types_supported: poison,
        grant_types_supported: [poison],
      })
    } else if (url === '/codes') {
      const codes = { device_code: 'secret-device-code', user_code: `AB${poison}CD`, message: poison }
      const uris = { verification_uri: `${origin}/${poison}`, verification_uri_complete: `${origin}/${poison}?c=1` }
      send(200, { ...codes, ...uris, expires_in: 60, interval: 1 })
    } else if (url === '/me') send(200, { name: `Ada${poison}` })
    else send('error' in answers ? 400 : 200, answers)
  })
}
