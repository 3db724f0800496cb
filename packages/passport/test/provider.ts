import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createDeviceAuth, type DeviceAuth, deviceClient } from '@device-auth/core'
import { toNodeHandler } from '@device-auth/core/node'

/** A provider with a clock of its own, which counts its polls. */
export interface Provider {
  readonly issuer: string
  readonly deviceAuth: DeviceAuth
  readonly polls: number
  /** The paths of all requests. */
  readonly requests: readonly string[]
  /** Answers nothing but 502 as long as it is set. */
  down: boolean
  now(): number
  /** Seconds. */
  advance(seconds: number): void
  close(): void
}

/** Starts a provider on a free port, with the client `web`; codes live for a minute. */
export async function startProvider(): Promise<Provider> {
  const requests: string[] = []
  let [now, polls] = [Date.UTC(2026, 0, 1), 0]
  const server = createServer()
  await once(server.listen(0, 'localhost'), 'listening')
  const issuer = `http://localhost:${(server.address() as AddressInfo).port}`
  const clock = (): number => now
  const clients = [deviceClient({ client_id: 'web', scope: 'profile' })]
  const deviceAuth = createDeviceAuth({ issuer, clients, clock, expiresIn: 60 })
  const handler = toNodeHandler(deviceAuth)
  const provider = { issuer, deviceAuth, down: false, now: clock, requests }
  server.on('request', (req, res) => {
    requests.push(req.url ?? '')
    if (req.url === '/token') polls++
    if (provider.down) return res.writeHead(502).end('<html>')
    if (req.url !== '/userinfo') return handler(req, res)
    void tellUser(req, res, deviceAuth)
  })
  return Object.defineProperties(
    {
      ...provider,
      polls: 0,
      advance: (seconds: number) => {
        now += seconds * 1000
      },
      close: () => {
        server.close()
        server.closeAllConnections()
      },
    },
    {
      polls: { get: () => polls },
      down: {
        set: (value: boolean) => {
          provider.down = value
        },
      },
    },
  )
}

async function tellUser({ headers }: IncomingMessage, res: ServerResponse, deviceAuth: DeviceAuth): Promise<void> {
  const claims = await deviceAuth.authenticate(String(headers.authorization).slice('Bearer '.length))
  res.writeHead(claims === undefined ? 401 : 200).end(JSON.stringify({ sub: claims?.subject, name: 'Ann' }))
}
