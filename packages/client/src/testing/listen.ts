import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { ScriptedServer } from './scripted-server.ts'

/** A scripted server that listens on a port of this machine. */
export interface Listening {
  /** The origin, such as `http://127.0.0.1:49152`. */
  readonly origin: string
  readonly issuer: string
  readonly deviceAuthorizationEndpoint: string
  readonly tokenEndpoint: string
  /** Ends the server and all its connections, those that hang too. */
  close(): Promise<void>
}

/**
 * Puts a scripted server on a free port of localhost, for clients without an injectable `fetch`. Faults are real there: connections are
 * cut, and responses stop in the middle. The addresses of the provider are replaced by those of the port.
 *
 * @example
 * const { issuer, close } = await listen(new ScriptedServer({ approvesAfter: 2, interval: 1 }))
 */
export async function listen(server: ScriptedServer): Promise<Listening> {
  const { issuer, deviceAuthorizationEndpoint, tokenEndpoint, metadataAddress } = server.behavior
  const addresses = [issuer, deviceAuthorizationEndpoint, tokenEndpoint, metadataAddress ?? issuer]
  const origins = [...new Set(addresses.map((address) => new URL(address).origin))]
  let origin = ''
  const local = (text: string): string => origins.reduce((changed, one) => changed.replaceAll(one, origin), text)
  const listener = createServer((req, res) => {
    const { pathname } = new URL(req.url ?? '/', origin)
    const url = addresses.find((address) => new URL(address).pathname === pathname) ?? issuer + pathname
    respond(server, url, req, res, local).catch(() => res.destroy())
  })
  await once(listener.listen(0, '127.0.0.1'), 'listening')
  const address = listener.address()
  origin = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
  return {
    origin,
    issuer: local(issuer),
    deviceAuthorizationEndpoint: local(deviceAuthorizationEndpoint),
    tokenEndpoint: local(tokenEndpoint),
    close: async () => {
      listener.closeAllConnections()
      await new Promise((resolve) => listener.close(resolve))
    },
  }
}

async function respond(
  server: ScriptedServer,
  url: string,
  req: IncomingMessage,
  res: ServerResponse,
  local: (text: string) => string,
): Promise<void> {
  const chunks: Buffer[] = []
  for await (const chunk of req) chunks.push(chunk)
  const headers = new Headers(
    Object.entries(req.headersDistinct).flatMap(([name, all = []]) => all.map((one) => [name, one])),
  )
  const response = await server.fetch(url, { method: req.method ?? 'GET', headers, body: Buffer.concat(chunks) })
  res.writeHead(response.status, Object.fromEntries(response.headers))
  res.flushHeaders()
  const decoder = new TextDecoder()
  const reader = response.body?.getReader()
  for (let part = await reader?.read(); part?.value !== undefined; part = await reader?.read()) {
    res.write(local(decoder.decode(part.value, { stream: true })))
  }
  res.end()
}
