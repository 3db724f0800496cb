// Servers on free ports of this machine, for tests over real HTTP.
import { once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'

export type Listener = RequestListener | Promise<RequestListener>

const servers: Server[] = []

/** Starts a server whose listener is made from its origin, and returns the origin. */
export async function serve(listenerOf: (origin: string) => Listener): Promise<string> {
  const server = createServer()
  servers.push(server)
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  server.on('request', await listenerOf(origin))
  return origin
}

/** Ends all servers and their connections. */
export function closeServers(): void {
  for (const server of servers.splice(0)) {
    server.close()
    server.closeAllConnections()
  }
}
