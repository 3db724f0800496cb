import { once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'

/** A server on a free port of the loopback address. */
export interface Listening {
  readonly server: Server
  readonly port: number
  close(): Promise<void>
}

/** Starts a server for a request listener. */
export async function listen(listener: RequestListener): Promise<Listening> {
  const server = createServer(listener)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const close = async (): Promise<void> => {
    server.closeAllConnections()
    server.close()
    await once(server, 'close')
  }
  return { server, port: (server.address() as AddressInfo).port, close }
}

/** A response as it came over the wire; a header that came twice is joined. */
export interface WireResponse {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** Milliseconds without a byte after which a connection is given up, so that an adapter that never answers fails. */
const PATIENCE = 10_000

/** A bare connection, whose bytes go out exactly as they are written. */
export class Wire {
  readonly socket: Socket
  #received = ''
  #ended = false
  #givenUp = false
  #wake: () => void = () => undefined

  constructor(port: number) {
    this.socket = connect(port, '127.0.0.1')
    this.socket.setNoDelay(true)
    this.socket.setEncoding('latin1')
    this.socket.setTimeout(PATIENCE, () => {
      this.#givenUp = true
      this.socket.destroy()
    })
    this.socket.on('data', (data) => {
      this.#received += data
      this.#wake()
    })
    // `ended` reports a reset
    this.socket.on('error', () => undefined)
    this.socket.on('close', () => {
      this.#ended = true
      this.#wake()
    })
  }

  write(data: string | Buffer): void {
    this.socket.write(data, 'latin1')
  }

  /** Resolves when the server has closed the connection. */
  async ended(): Promise<void> {
    while (!this.#ended) await this.#more()
    if (this.#givenUp) throw new Error('the server did not close the connection')
  }

  /**
   * The next response; `undefined` if the connection ended before it came.
   *
   * @param options - `head`: the response belongs to a HEAD request, so it has no body.
   */
  async response({ head = false } = {}): Promise<WireResponse | undefined> {
    for (;;) {
      const response = this.#takeResponse(head)
      if (response !== undefined || this.#ended) return response
      await this.#more()
    }
  }

  #takeResponse(head: boolean): WireResponse | undefined {
    const end = this.#received.indexOf('\r\n\r\n')
    if (end === -1) return undefined
    const [statusLine = '', ...lines] = this.#received.slice(0, end).split('\r\n')
    const headers = headersOf(lines)
    const length = head || statusLine.includes(' 100 ') ? 0 : Number(headers['content-length'] ?? 0)
    if (this.#received.length < end + 4 + length) return undefined
    const body = this.#received.slice(end + 4, end + 4 + length)
    this.#received = this.#received.slice(end + 4 + length)
    return { status: Number(statusLine.split(' ')[1]), headers, body }
  }

  /** The bytes that came and are not part of a response that was read. */
  get rest(): string {
    return this.#received
  }

  close(): void {
    this.socket.destroy()
  }

  #more(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve
    })
  }
}

function headersOf(lines: readonly string[]): Record<string, string> {
  const headers: Record<string, string> = {}
  for (const line of lines) {
    const colon = line.indexOf(':')
    const name = line.slice(0, colon).toLowerCase()
    const value = line.slice(colon + 1).trim()
    headers[name] = headers[name] === undefined ? value : `${headers[name]}, ${value}`
  }
  return headers
}

/** A request as text: a POST is a form with its length, unless `headers` say otherwise; an empty value removes a header. */
export function requestText(
  method: string,
  target: string,
  body = '',
  headers: Readonly<Record<string, string>> = {},
): string {
  const all: Record<string, string> = { host: 'localhost', ...headers }
  if (method === 'POST') {
    all['content-type'] ??= 'application/x-www-form-urlencoded'
    if (all['transfer-encoding'] === undefined) all['content-length'] ??= String(body.length)
  }
  const lines = Object.entries(all).filter(([, value]) => value !== '')
  return `${method} ${target} HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n${body}`
}

/** Sends one request on a connection of its own. */
export async function send(port: number, ...request: Parameters<typeof requestText>): Promise<WireResponse> {
  const wire = new Wire(port)
  wire.write(requestText(...request))
  const response = await wire.response({ head: request[0] === 'HEAD' })
  wire.close()
  if (response === undefined) throw new Error('the connection ended without an answer')
  return response
}

/** A body in chunked coding. */
export function chunked(...pieces: readonly string[]): string {
  return `${pieces.map((piece) => `${piece.length.toString(16)}\r\n${piece}\r\n`).join('')}0\r\n\r\n`
}
