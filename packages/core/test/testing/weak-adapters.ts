import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import { targetPath, targetQuery } from '../../src/adapters/mount.ts'
import { requestHeaders } from '../../src/adapters/node-request.ts'
import { writeResponse } from '../../src/adapters/node-response.ts'
import { notFound } from '../../src/adapters/refusals.ts'
import { serveNode } from '../../src/adapters/serve-node.ts'
import type { Endpoint, OAuthRequest } from '../../src/http.ts'
import type { MountAdapter } from '../../src/testing/adapter-contract/scene.ts'

/** The places where an adapter can go wrong. */
interface Flaw {
  /** Changes the request before the adapter looks at it. */
  readonly before?: (req: IncomingMessage) => void
  /** Changes the request that an endpoint gets. */
  readonly request?: (request: OAuthRequest<IncomingMessage>) => OAuthRequest<IncomingMessage>
  /** Reads the form instead of core; `undefined` leaves it to core. */
  readonly read?: (req: IncomingMessage) => Promise<URLSearchParams> | undefined
  /** Changes the response that core writes. */
  readonly response?: (res: ServerResponse) => void
  /** In place of what the endpoint says. */
  readonly readsJson?: boolean
}

/** An adapter as it should be, but for its flaw. */
export function adapterWith({ before, request, read, response, readsJson }: Flaw): MountAdapter<IncomingMessage> {
  return (deviceAuth, cookie) => (req, res) => {
    if (cookie !== undefined) res.setHeader('set-cookie', cookie)
    before?.(req)
    response?.(res)
    const { method = '', url = '' } = req
    const path = targetPath(url)
    const found = deviceAuth.route(method, path)
    if (found === undefined) return writeResponse(res, notFound())
    const { readsText } = found
    const asks: Endpoint<IncomingMessage> = (asked) => found(request?.(asked) ?? asked)
    const endpoint = Object.assign(asks, { readsJson: readsJson ?? found.readsJson, readsText })
    const headers = requestHeaders(req)
    const exchange = { method, path, headers, ip: req.socket.remoteAddress, native: req }
    const form = method === 'POST' ? read?.(req) : undefined
    if (form === undefined) return serveNode(endpoint, req, res, { ...exchange, query: targetQuery(url) }, () => {})
    const query = new URLSearchParams(targetQuery(url))
    form
      .then((own) => endpoint({ ...exchange, query, form: own }))
      .then((answer) => writeResponse(res, answer))
      .catch(() => res.destroy())
  }
}

const isForm = ({ headers }: IncomingMessage): boolean =>
  headers['content-type'] === 'application/x-www-form-urlencoded' && headers['content-encoding'] === undefined
const isSmall = (req: IncomingMessage): boolean => Number(req.headers['content-length'] ?? Infinity) < 16_384

/** All that has come when the client is done or gone. */
function whatCame(req: IncomingMessage): Promise<string> {
  return new Promise((resolve) => {
    let received = ''
    req.on('data', (chunk) => {
      received += chunk
    })
    req.on('close', () => resolve(received))
  })
}

/** Replaces the type of every response. */
function sendAs(res: ServerResponse, type: string): void {
  const writeHead = res.writeHead.bind(res)
  const replaced = (status: number, headers: OutgoingHttpHeaders): ServerResponse =>
    writeHead(status, { ...headers, 'content-type': type })
  Object.assign(res, { writeHead: replaced })
}

/** The flaws, each with a case that must fail for it. */
export const flaws: readonly (readonly [does: string, flaw: Flaw, failing: string])[] = [
  [
    'keeps one of repeated parameters',
    { request: (asked) => ({ ...asked, form: new URLSearchParams(Object.fromEntries(asked.form)) }) },
    '8628-3.1-8 F-55 sees a repeated parameter',
  ],
  [
    'takes client_id[$ne] for client_id',
    {
      request: (asked) => {
        const form = new URLSearchParams()
        for (const [name, value] of asked.form) form.append(name.replace(/\[.*/, ''), value)
        return { ...asked, form }
      },
    },
    'F-53 hands only strings to an endpoint',
  ],
  [
    'reads every body as a form',
    { before: ({ headers }) => void Object.assign(headers, { 'content-type': 'application/x-www-form-urlencoded' }) },
    'F-56 refuses every other content type, and leaves the body alone',
  ],
  [
    'takes a compressed body as it is',
    { before: ({ headers }) => void delete headers['content-encoding'] },
    'F-51 refuses a compressed body with 415',
  ],
  [
    'replaces bytes that are no UTF-8',
    { read: (req) => (isForm(req) && isSmall(req) ? text(req).then((body) => new URLSearchParams(body)) : undefined) },
    'F-57 answers bytes that are no UTF-8 form with 400, never with 500',
  ],
  [
    'reads a body of any size',
    { read: (req) => (isForm(req) ? text(req).then((body) => new URLSearchParams(body)) : undefined) },
    'F-51 refuses one byte more with 413, in JSON, and closes the connection',
  ],
  [
    'takes what came of a form for the whole',
    {
      read: (req) =>
        isForm(req) && isSmall(req) ? whatCame(req).then((body) => new URLSearchParams(body)) : undefined,
    },
    'F-51 survives a sender that goes in the middle of a body, and calls no endpoint',
  ],
  [
    'lets a header override the method',
    {
      before: (req) => {
        req.method = String(req.headers['x-http-method-override'] ?? req.method)
      },
    },
    '8628-3.1-1 F-60 answers 405 with Allow to a wrong method',
  ],
  [
    'takes OPTIONS for GET',
    {
      before: (req) => {
        if (req.method === 'OPTIONS') req.method = 'GET'
      },
    },
    'hands OPTIONS to an endpoint that has it, with the headers of the question',
  ],
  ['reads no JSON', { readsJson: false }, 'reads a body of JSON for an endpoint that takes it'],
  [
    'takes HEAD for POST',
    {
      before: (req) => {
        if (req.method === 'HEAD') req.method = 'POST'
      },
    },
    'F-60 answers HEAD at the paths of the metadata with headers alone',
  ],
  [
    'ignores the case of a path',
    {
      before: (req) => {
        req.url = req.url?.toLowerCase() ?? ''
      },
    },
    'F-60 leaves other paths alone',
  ],
  [
    'decodes a path',
    {
      before: (req) => {
        req.url = decodeURIComponent(req.url ?? '')
      },
    },
    'F-60 leaves other paths alone',
  ],
  [
    'drops the query',
    { request: (asked) => ({ ...asked, query: new URLSearchParams() }) },
    'a request that is no POST has no form',
  ],
  [
    'hands on the first Authorization header alone',
    { request: (asked) => ({ ...asked, headers: asked.native.headers }) },
    'F-61 shows an endpoint two Authorization headers as one that no scheme allows',
  ],
  [
    'replaces the cookies of the application',
    { response: (res) => res.removeHeader('set-cookie') },
    'adds its cookies to those that the application has set',
  ],
  [
    'knows no address',
    { request: (asked) => ({ ...asked, ip: undefined }) },
    'tells an endpoint the address of the client',
  ],
  [
    'sends the length of a response without content',
    { response: (res) => void res.setHeader('content-length', '0') },
    'sends 204 with the headers alone, and without a length',
  ],
  [
    'takes every text for a page',
    { response: (res) => sendAs(res, 'text/html') },
    'sends a stream of events in one piece, with its type and its length',
  ],
  [
    'never says that a client has gone',
    { request: (asked) => ({ ...asked, aborted: () => false }) },
    'tells an endpoint without a body that its client has closed the connection',
  ],
  [
    'closes every connection',
    { response: (res) => void res.setHeader('connection', 'close') },
    'keeps a connection alive, after a refusal too',
  ],
]
