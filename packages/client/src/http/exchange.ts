import { type Clock, systemClock } from '../runtime/clock.ts'
import { type Failure, failure } from './failure.ts'
import { printable } from './printable.ts'

/** The part of `fetch` that the client uses. Inject one for mutual TLS, a proxy or tests. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>

/** The options of one HTTP request. */
export interface ExchangeOptions {
  /** Default: the global `fetch`. */
  readonly fetch?: Fetch | undefined
  /** Ends the request at once, with the error `aborted`. */
  readonly signal?: AbortSignal | undefined
  /** Seconds for the request and its response; default 30. */
  readonly timeout?: number | undefined
  /** The largest response body, in bytes; default 262144. */
  readonly maxBodySize?: number | undefined
  /** Allows `http:` to hosts other than this machine: secrets are sent unencrypted. Default `false`. */
  readonly dangerouslyAllowHttp?: boolean | undefined
  /** Default: the clock of the machine. */
  readonly clock?: Clock | undefined
}

/** An HTTP response that has been read to its end. */
export interface HttpResponse {
  readonly ok: true
  readonly status: number
  readonly headers: Headers
  readonly text: string
  /** Epoch milliseconds. */
  readonly receivedAt: number
}

/** This machine: nobody can listen on the way. */
const local = /^(?:(?:.+\.)?localhost|127(?:\.\d+){3}|\[::1\])$/

/**
 * True if secrets may be sent to an address: it is https, or http to this machine (`localhost`, `*.localhost`, 127.0.0.0/8, `[::1]`), or
 * http anywhere with `dangerouslyAllowHttp`. An address with a user name or a password is never secure.
 *
 * @example
 * isSecureAddress('http://localhost:3000/oauth') // true
 * isSecureAddress('http://192.168.0.2/oauth') // false
 */
export function isSecureAddress(
  address: string,
  { dangerouslyAllowHttp = false }: Pick<ExchangeOptions, 'dangerouslyAllowHttp'> = {},
): boolean {
  if (!URL.canParse(address)) return false
  const { protocol, hostname, username, password } = new URL(address)
  if (username || password) return false
  return protocol === 'https:' || (protocol === 'http:' && (dangerouslyAllowHttp || local.test(hostname)))
}

/** Makes the request. It may take time, for example to sign something. */
export type MakeInit = () => RequestInit | Failure | Promise<RequestInit | Failure>

/**
 * Sends one HTTP request and reads its response. Redirects are not followed, because the secrets would go elsewhere. Never rejects: an
 * error is a failure with a code.
 */
export async function exchange(
  url: string,
  makeInit: MakeInit,
  options: ExchangeOptions,
): Promise<HttpResponse | Failure> {
  if (!isSecureAddress(url, options))
    return failure('insecure_url', { errorDescription: URL.canParse(url) ? new URL(url).origin : undefined })
  const { clock = systemClock, signal, timeout = 30 } = options
  if (signal?.aborted) return failure('aborted')
  const controller = new AbortController()
  const limit = Math.min(timeout, 3600) * 1000
  const last = Math.min(limit, 1000)
  let end = (): void => {}
  // a race, because an injected fetch may ignore its signal
  const stopped = new Promise<Failure>((resolve) => {
    const stop = (code: string): void => {
      resolve(failure(code))
      controller.abort()
    }
    const onAbort = (): void => stop('aborted')
    // The last second has a timer of its own: if the machine slept, the response may wait in the socket, and a single timer would come
    // before it. A token response that is lost is lost for good when the server repeats it no longer.
    let timer = clock.setTimeout(() => {
      timer = clock.setTimeout(() => stop('timeout'), last)
    }, limit - last)
    signal?.addEventListener('abort', onAbort)
    end = () => {
      clock.clearTimeout(timer)
      signal?.removeEventListener('abort', onAbort)
    }
  })
  return Promise.race([stopped, perform(url, makeInit, controller.signal, options)]).finally(end)
}

async function perform(
  url: string,
  makeInit: MakeInit,
  signal: AbortSignal,
  { fetch: send = globalThis.fetch, maxBodySize = 262_144, clock = systemClock }: ExchangeOptions,
): Promise<HttpResponse | Failure> {
  try {
    const init = await makeInit()
    if ('ok' in init) return init
    const response = await send(url, { ...init, signal, redirect: 'manual' })
    const { status, headers, type } = response
    if (type === 'opaqueredirect' || (status >= 300 && status < 400)) {
      response.body?.cancel?.().catch(() => {})
      // without the query, which may hold secrets
      const target = headers.get('location')?.split('?', 1)[0]
      return failure('redirect_refused', {
        status,
        errorDescription: target && `HTTP ${status} to ${printable(target)}`,
      })
    }
    const text = await readText(response, maxBodySize)
    if (text === undefined) return failure('response_too_large', { status })
    return { ok: true, status, headers, text, receivedAt: clock.now() }
  } catch (error) {
    const text = textOf(error)
    const code = causes.find(([pattern]) => pattern.test(text))?.[1] ?? 'network_error'
    // a device without a battery has a wrong clock
    const remedy = /expired|yet/i.test(text) ? 'is the clock right?' : 'NODE_EXTRA_CA_CERTS adds a private CA'
    const hint = code === 'certificate_error' ? ` (${remedy})` : ''
    return failure(code, { errorDescription: printable(text) + hint })
  }
}

/** The error codes by the words that Node, Deno and Bun have for a cause. Host names are in the text too, in lower case. */
const causes: readonly (readonly [RegExp, string])[] = [
  [/ENOTFOUND|EAI_|dns error/, 'host_not_found'],
  [/conn(?:ection ?)?refused/i, 'connection_refused'],
  [/CERT|SELF_SIGNED|UNABLE_TO|certificate/, 'certificate_error'],
  [/timed? ?out/i, 'timeout'],
  // Node hides the status 407: its fetch fails with a cause that has no text
  [/proxy|: $/i, 'proxy_error'],
]

/** The message and the code of an error and of its causes, such as `fetch failed: connect ECONNREFUSED 127.0.0.1:80 (ECONNREFUSED)`. */
function textOf(error: unknown): string {
  const parts: string[] = []
  for (let one = error; one instanceof Error && parts.length < 4; one = one.cause)
    parts.push('code' in one ? `${one.message} (${String(one.code)})` : one.message)
  return parts.join(': ')
}

/** The body; `undefined` when it is longer than allowed. */
async function readText(response: Response, maxBodySize: number): Promise<string | undefined> {
  let text = ''
  // null for an empty body; an injected fetch may have none, or a stream of Node
  const reader = response.body?.getReader?.()
  if (!reader) text = await response.text()
  const decoder = new TextDecoder()
  for (let size = text.length; size <= maxBodySize; ) {
    const read = await reader?.read()
    if (!read || read.done) return text + decoder.decode()
    size += read.value.byteLength
    text += decoder.decode(read.value, { stream: true })
  }
  reader?.cancel().catch(() => {})
  return undefined
}
