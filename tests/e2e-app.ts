import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import type { DeviceAuth, DeviceAuthOptions } from '@device-auth/express'

/** The exports of examples/express/server.js. */
interface Example {
  createApp(issuer: string, overrides: Partial<DeviceAuthOptions>): { app: RequestListener; deviceAuth: DeviceAuth }
}

/** The example application, running, with a clock that can be advanced. */
export interface RunningExample {
  readonly origin: string
  readonly deviceAuth: DeviceAuth
  /** Seconds. */
  advance(seconds: number): void
  /** Breaks all connections from now on. Resolves when the first one is broken. */
  outage(): Promise<void>
  resume(): void
  close(): void
}

const file = fileURLToPath(new URL('../examples/express/server.js', import.meta.url))

/**
 * Starts examples/express on a free port.
 *
 * @param interval - Seconds between two polls of a device.
 */
export async function startExample({ interval = 1 } = {}): Promise<RunningExample> {
  const { createApp }: Example = await import(file)
  let ahead = 0
  const server = createServer()
  await once(server.listen(0, 'localhost'), 'listening')
  const origin = `http://localhost:${(server.address() as AddressInfo).port}`
  const { app, deviceAuth } = createApp(`${origin}/oauth`, { interval, clock: () => Date.now() + ahead })
  let broken: (() => void) | undefined
  server.on('request', (request, response) => {
    if (broken === undefined) return app(request, response)
    request.socket.destroy()
    broken()
  })
  return {
    origin,
    deviceAuth,
    advance: (seconds) => {
      ahead += seconds * 1000
    },
    outage: () =>
      new Promise((resolve) => {
        broken = resolve
      }),
    resume: () => {
      broken = undefined
    },
    close: () => {
      server.close()
      server.closeAllConnections()
    },
  }
}
