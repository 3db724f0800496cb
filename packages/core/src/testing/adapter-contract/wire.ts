import { once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'

/** A server on a free port of the loopback address. */
export interface Listening {
  readonly server: Server
  readonly port: number
  close(): Promise<void>
}

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

/** An answer as it came over the wire; a header that came twice is joined. */
export interface WireResponse {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** A bare connection: what is written to it is what goes out. */
export class Wire {
  readonly socket: Socket
  #received = ''
  #ended = false
  #wake: () => void = () => undefined

  constructor(port: number) {
    this.socket = connect(port, '127.0.0.1')
    this.socket.setNoDelay(true)
    this.socket.setEncoding('latin1')
    this.socket.on('data', (data) => {
      this.#received += data
      this.#wake()
    })
    // a reset is told by `ended`
    this.socket.on('error', () => undefined)
    this.socket.on('close', () => {
      this.#ended = true
      this.#wake()
    })
  }

  write(data: string | Buffer): void {
    this.socket.write(data, 'latin1')
  }

  /** Resolves when the other side has closed the connection. */
  async ended(): Promise<void> {
    while (!this.#ended) await this.#more()
  }

  /** The next answer; `undefined` when the connection ended before it came. */
  async response({ head = false } = {}): Promise<WireResponse | undefined> {
    for (;;) {
      const end = this.#received.indexOf('\r\n\r\n')
      if (end !== -1) {
        const [statusLine = '', ...lines] = this.#received.slice(0, end).split('\r\n')
        const headers = headersOf(lines)
        const length = head || statusLine.includes(' 100 ') ? 0 : Number(headers['content-length'] ?? 0)
        if (this.#received.length >= end + 4 + length) {
          const body = this.#received.slice(end + 4, end + 4 + length)
          this.#received = this.#received.slice(end + 4 + length)
          return { status: Number(statusLine.split(' ')[1]), headers, body }
        }
      }
      if (this.#ended) return undefined
      await this.#more()
    }
  }

  /** What came and was not read as a response. */
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

/** A request as text. */
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
  // an empty value leaves the header out
  const lines = Object.entries(all).filter(([, value]) => value !== '')
  return `${method} ${target} HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n${body}`
}

/** One request on a connection of its own. */
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
