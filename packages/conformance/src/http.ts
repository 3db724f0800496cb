import { request as httpRequest, type IncomingMessage } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { connect as connectTcp } from 'node:net'
import { connect as connectTls } from 'node:tls'

/** A request to send. */
export interface HttpRequest {
  readonly method: string
  readonly url: string
  /** Pairs, so that a name can be repeated. */
  readonly headers?: readonly (readonly [name: string, value: string])[]
  readonly body?: string | Uint8Array
}

/** A response with its whole body, and the request that it answers. */
export interface HttpResponse {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  readonly request: HttpRequest
  /** True with the profile `device-auth`. */
  readonly strict: boolean
}

/** The options of both ways to send. */
export interface HttpOptions {
  /** Seconds. */
  readonly timeout: number
  readonly strict: boolean
}

/** The body as bytes. With a string, fetch would add a Content-Type. */
function bytes(body: string | Uint8Array): Uint8Array {
  return typeof body === 'string' ? new TextEncoder().encode(body) : body
}

/** Sends a request by fetch. Does not follow redirects. */
export async function sendByFetch(
  request: HttpRequest,
  options: HttpOptions & { readonly fetch: typeof fetch },
): Promise<HttpResponse> {
  const headers = new Headers()
  for (const [name, value] of request.headers ?? []) headers.append(name, value)
  const response = await options.fetch(request.url, {
    method: request.method,
    headers,
    ...(request.body === undefined ? {} : { body: bytes(request.body) }),
    redirect: 'manual',
    signal: AbortSignal.timeout(options.timeout * 1000),
  })
  return readResponse(response, request, options.strict)
}

/** Reads the whole body of a response of fetch. */
export async function readResponse(response: Response, request: HttpRequest, strict: boolean): Promise<HttpResponse> {
  return { status: response.status, headers: response.headers, text: await response.text(), request, strict }
}

/** Sends a request by `node:http` on a new connection. Rejects if the server closes it without an answer. */
export function sendByNode(request: HttpRequest, options: HttpOptions): Promise<HttpResponse> {
  const url = new URL(request.url)
  const body = request.body === undefined ? undefined : bytes(request.body)
  const given = request.headers ?? []
  const has = (name: string): boolean => given.some(([other]) => other.toLowerCase() === name)
  const headers = given.flat()
  if (!has('host')) headers.push('Host', url.host)
  if (body !== undefined && !has('content-length') && !has('transfer-encoding')) {
    headers.push('Content-Length', String(body.byteLength))
  }
  const send = url.protocol === 'https:' ? httpsRequest : httpRequest
  return new Promise((resolve, reject) => {
    const outgoing = send(
      {
        host: url.hostname.replace(/^\[|\]$/g, ''),
        port: url.port,
        path: url.pathname + url.search,
        method: request.method,
        headers,
        agent: false,
        timeout: options.timeout * 1000,
      },
      (incoming) => readIncoming(incoming, request, options.strict).then(resolve, reject),
    )
    outgoing.on('timeout', () => outgoing.destroy(new Error('the server did not answer in time')))
    outgoing.on('error', reject)
    outgoing.end(body)
  })
}

async function readIncoming(incoming: IncomingMessage, request: HttpRequest, strict: boolean): Promise<HttpResponse> {
  const headers = new Headers()
  for (let i = 0; i + 1 < incoming.rawHeaders.length; i += 2) {
    headers.append(incoming.rawHeaders[i] ?? '', incoming.rawHeaders[i + 1] ?? '')
  }
  const chunks: Buffer[] = []
  incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
  // a server that refuses a large body may reset the connection after its answer
  await new Promise<void>((resolve) => incoming.once('close', resolve))
  return { status: incoming.statusCode ?? 0, headers, text: Buffer.concat(chunks).toString('utf8'), request, strict }
}

/** Writes text unchanged to a connection and returns everything that the server sends until it closes the connection. */
export function sendText(target: string, text: string, options: HttpOptions): Promise<string> {
  const url = new URL(target)
  const secure = url.protocol === 'https:'
  const host = url.hostname.replace(/^\[|\]$/g, '')
  const port = Number(url.port || (secure ? 443 : 80))
  return new Promise((resolve, reject) => {
    const socket = secure ? connectTls({ host, port, servername: host }) : connectTcp({ host, port })
    let received = ''
    socket.setEncoding('utf8')
    socket.setTimeout(options.timeout * 1000, () =>
      socket.destroy(new Error('the server did not close the connection in time')),
    )
    socket.on('data', (chunk: string) => {
      received += chunk
    })
    socket.on('error', reject)
    socket.on('close', () => resolve(received))
    socket.write(text)
  })
}
