import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Server as SecureServer } from 'node:https'
import type { Socket } from 'node:net'
import { checkOptions, isFunction, isNumberFrom } from '../checks.ts'
import type { DeviceAuth } from '../contract/device-auth.ts'
import type { Awaitable } from '../http.ts'

/** Options of {@link gracefulShutdown}. */
export interface GracefulShutdownOptions {
  /**
   * The seconds, 0 to 600, in which the server still accepts connections after `health()` has become not ready, so that the
   * balancer notices first. Take the balancer's interval times the failures that it waits for.
   * @default 1
   */
  readonly notice?: number
  /**
   * The seconds, 0 to 600, that requests under way may take after that. Then their connections are cut.
   * @default 10
   */
  readonly deadline?: number
  /**
   * Ends what the application holds besides, such as the client of the database. It is called once, after the store is closed, and
   * waited for until the deadline, or for a second if that is later. Default: nothing.
   *
   * @example
   * release: () => pool.end()
   */
  readonly release?: () => Awaitable<unknown>
}

/** Milliseconds that a connection without a request is kept once the server has stopped to listen. */
const SILENT = 1000

/** Milliseconds that the store and `release` have at least, also when requests have used up the deadline. */
const RELEASE = 1000

/**
 * Prepares a server of node:http for its end, and returns the function that ends it without losing a request. Call it before
 * the server gets requests. It knows no framework: Express, Koa, Fastify and Nest all have such a server.
 *
 * The function that it returns does this:
 *
 * 1. It calls `deviceAuth.drain()`, so that `health()` is not ready. From then on each answer, of the application too, has
 *    `Connection: close`.
 * 2. After `notice` seconds the server accepts no more connections, and those that are idle end.
 * 3. When all requests are answered, at the latest after `deadline` seconds, it calls `deviceAuth.close()`, then `release`, and
 *    resolves. It rejects with the error of either.
 *
 * A second call returns the promise of the first, so `process.on` is right: after `process.once` a second SIGTERM, as npm and
 * supervisors send it, ends the process in the middle of its requests.
 *
 * @throws {TypeError} that names an argument or an option that is unknown or wrong.
 * @see {@link https://www.rfc-editor.org/rfc/rfc9112#section-9.6 RFC 9112 section 9.6}
 *
 * @example
 * const shutDown = gracefulShutdown(server, deviceAuth, { release: () => pool.end() })
 * process.on('SIGTERM', () => shutDown().then(() => process.exit()))
 */
export function gracefulShutdown(
  server: Server | SecureServer,
  deviceAuth: Pick<DeviceAuth, 'drain' | 'close'>,
  options: GracefulShutdownOptions = {},
): () => Promise<void> {
  const isSeconds = isNumberFrom(0, 600, 'seconds')
  const owner = { name: 'gracefulShutdown', reference: 'See docs/guides/deploy.md.' }
  // an Express application has `on` too, and would never be closed; a server of node:http2 cannot close all connections
  if (typeof Reflect.get(Object(server), 'closeAllConnections') !== 'function')
    throw new TypeError(
      `gracefulShutdown needs a server of node:http or node:https as its first argument, such as app.listen() returns; one of node:http2 ends by its own means. ${owner.reference}`,
    )
  if (typeof Reflect.get(Object(deviceAuth), 'drain') !== 'function')
    throw new TypeError(
      `gracefulShutdown needs the object that createDeviceAuth returned as its second argument. ${owner.reference}`,
    )
  checkOptions(owner, options, { notice: isSeconds, deadline: isSeconds, release: isFunction })
  const { notice = 1, deadline = 10, release } = options
  const connections = new Connections(server)
  const end = async (): Promise<void> => {
    try {
      await deviceAuth.close()
    } finally {
      await release?.()
    }
  }
  const shutDown = async (): Promise<void> => {
    deviceAuth.drain()
    connections.endAfterAnswer()
    await new Promise((resolve) => void setTimeout(resolve, notice * 1000))
    const late = timeOut(deadline * 1000)
    await Promise.race([connections.close(), late])
    server.closeAllConnections()
    await Promise.race([end(), Promise.all([late, timeOut(RELEASE)])])
  }
  let ended: Promise<void> | undefined
  return () => {
    ended ??= shutDown()
    return ended
  }
}

/** Resolves after that time, and keeps no process alive until then. */
function timeOut(milliseconds: number): Promise<void> {
  return new Promise((resolve) => void setTimeout(resolve, milliseconds).unref())
}

/** The address of the other end of a connection, which no other open connection of the server has. */
function peerOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`
}

/** The connections of a server, each with its requests under way: Node does not tell which ones never sent a request. */
class Connections {
  readonly #server: Server | SecureServer
  readonly #requests = new Map<Socket, Set<ServerResponse>>()
  /** The connections to an https server that have not become TLS connections yet, by the address of their other end. */
  readonly #handshakes = new Map<string, Socket>()
  #ending = false

  constructor(server: Server | SecureServer) {
    this.#server = server
    // the sockets of an https server are those of its TLS connections
    if ('setSecureContext' in server) this.#watchHandshakes(server)
    else server.on('connection', (socket: Socket) => this.#add(socket))
    // before the framework, which may answer at once
    server.prependListener('request', (req: IncomingMessage, res: ServerResponse) => this.#begin(req.socket, res))
  }

  #watchHandshakes(server: SecureServer): void {
    server.on('connection', (socket: Socket) => {
      const peer = peerOf(socket)
      this.#handshakes.set(peer, socket)
      socket.once('close', () => this.#handshakes.delete(peer))
    })
    server.on('secureConnection', (socket: Socket) => {
      this.#handshakes.delete(peerOf(socket))
      this.#add(socket)
    })
  }

  #add(socket: Socket): Set<ServerResponse> {
    const responses = new Set<ServerResponse>()
    this.#requests.set(socket, responses)
    socket.once('close', () => this.#requests.delete(socket))
    return responses
  }

  #begin(socket: Socket, res: ServerResponse): void {
    const responses = this.#requests.get(socket) ?? this.#add(socket)
    responses.add(res)
    res.once('close', () => responses.delete(res))
    if (this.#ending) res.shouldKeepAlive = false
  }

  /** Sends `Connection: close` with every answer whose headers are not sent yet, and with all later ones. */
  endAfterAnswer(): void {
    this.#ending = true
    for (const responses of this.#requests.values()) {
      for (const res of responses) res.shouldKeepAlive = false
    }
  }

  /** Accepts no more connections, ends idle ones, and waits for all others. */
  async close(): Promise<void> {
    // what has arrived since the last turn of the event loop is accepted first: the system would reset it
    await new Promise(setImmediate)
    // an application that is still starting may let it listen after this
    this.#server.once('listening', () => this.#server.close())
    const closed = new Promise<void>((resolve) => void this.#server.close(() => resolve()))
    const timer = setInterval(() => this.#endSilent(), SILENT)
    await closed
    clearInterval(timer)
  }

  /** Ends connections that never sent a request, and those whose answer had begun before it could have the header. */
  #endSilent(): void {
    for (const socket of this.#handshakes.values()) socket.destroy()
    for (const [socket, responses] of this.#requests) if (responses.size === 0) socket.destroy()
  }
}
