// An Express application on a TLS server, for clients of others that speak only https. Its certificate is trusted by nobody:
// each client gets it in the way that the client documents.
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer as createProxy } from 'node:http'
import { createServer } from 'node:https'
import { type AddressInfo, connect, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  createDeviceAuth,
  type DeviceAuth,
  type DeviceAuthOptions,
  deviceAuthRouter,
  metadataRouter,
} from '@device-auth/express'
import express, { type Express, type Request } from 'express'
import { expect } from 'vitest'
import { serverCertificate } from '../packages/jwt/test/client-authentication/certificates.ts'

/** The certificate of the server, as PEM text. It is for `localhost` and `keys.example.com`. */
export const certificate: string = serverCertificate.cert

/** A server that is running, with what a test wants to know of it. */
export interface TlsTarget {
  readonly issuer: string
  readonly port: number
  readonly app: Express
  readonly deviceAuth: DeviceAuth<Request>
  /** The statuses that the token endpoint has answered, at all of its paths. */
  readonly polls: readonly number[]
  /** A folder for the files of the client, with `ca.pem` in it. */
  readonly folder: string
}

const tokenPath = /\/(token|access_token)$/
let endings: (() => void)[] = []

/** Ends all servers and removes their folders. */
export function endServers(): void {
  for (const end of endings) end()
  endings = []
}

async function listen<T extends Server>(server: T): Promise<number> {
  const sockets = new Set<Socket>()
  server.on('connection', (socket) => sockets.add(socket))
  await once(server.listen(0, '127.0.0.1'), 'listening')
  endings.push(() => {
    server.close()
    for (const socket of sockets) socket.destroy()
  })
  return (server.address() as AddressInfo).port
}

/**
 * Starts the server, with the router at the path of the issuer.
 *
 * @param at - Makes the issuer of the port.
 */
export async function startTls(
  at: (port: number) => string,
  options: Omit<DeviceAuthOptions<Request>, 'issuer'>,
): Promise<TlsTarget> {
  const app = express()
  const port = await listen(createServer(serverCertificate, app))
  const issuer = at(port)
  const deviceAuth = createDeviceAuth<Request>({ issuer, interval: 1, ...options })
  const polls: number[] = []
  app.use((req, res, next) => {
    res.on('finish', () => {
      if (tokenPath.test(req.path)) polls.push(res.statusCode)
    })
    next()
  })
  app.use(new URL(issuer).pathname, deviceAuthRouter(deviceAuth))
  app.use(metadataRouter(deviceAuth))
  const folder = mkdtempSync(join(tmpdir(), 'device-auth-tls-'))
  endings.push(() => rmSync(folder, { recursive: true, force: true }))
  writeFileSync(join(folder, 'ca.pem'), certificate)
  return { issuer, port, app, deviceAuth, polls, folder }
}

/** Starts a proxy that connects every https host to this port, for clients that can be given a host but no port. */
export async function startProxy(port: number): Promise<string> {
  const proxy = createProxy()
  proxy.on('connect', (_request, socket, head) => {
    const upstream = connect(port, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n')
      upstream.write(head)
      upstream.pipe(socket).pipe(upstream)
    })
    upstream.on('error', () => socket.destroy())
    socket.on('error', () => upstream.destroy())
  })
  return `http://127.0.0.1:${await listen(proxy)}`
}

/** Approves after the device was told to wait twice, and kept its interval in between. */
export async function approveAfterTwoPolls({ deviceAuth, polls }: TlsTarget, userCode: string): Promise<void> {
  const before = polls.length
  while (polls.length < before + 2) await new Promise((resolve) => setTimeout(resolve, 50))
  const interval = (await deviceAuth.find(userCode))?.interval
  expect(interval, 'the device polled too fast').toBe(1)
  expect(await deviceAuth.approve(userCode, { subject: 'ada' })).toBe('decided')
}
