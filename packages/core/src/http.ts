/** A value, or a promise of it: hooks and stores may answer either way. */
export type Awaitable<T> = T | PromiseLike<T>

/** Tells a promise from a value, so that the poll path awaits only what has to be awaited. */
export function isThenable<T>(value: Awaitable<T>): value is PromiseLike<T> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function'
}

/** Goes on with a value at once, with a promise when it is there: a poll that waits for nothing makes no promise. */
export function chain<T, U>(value: Awaitable<T>, next: (value: T) => Awaitable<U>): Awaitable<U> {
  return isThenable(value) ? value.then(next) : next(value)
}

/** Header names in lower case, as Node delivers them. */
export type RequestHeaders = Readonly<Record<string, string | readonly string[] | undefined>>

/** One HTTP request, reduced to what an OAuth endpoint reads. */
export interface OAuthRequest<Native = unknown> {
  readonly method: string
  /** Relative to the mount point, without the query: `/token`. */
  readonly path: string
  readonly query: URLSearchParams
  readonly headers: RequestHeaders
  /** Repeats are kept: RFC 6749 section 3.2 forbids them, so the endpoint has to see them. */
  readonly form: URLSearchParams
  /** The peer's address, as the framework's own proxy setting says. */
  readonly ip: string | undefined
  /** The framework's own request, for hooks that need a session or a trace id. */
  readonly native: Native
}

/** A request whose form has been checked: each parameter once, empty ones left out. */
export interface ParsedRequest<Native = unknown> extends OAuthRequest<Native> {
  readonly parameters: ReadonlyMap<string, string>
}

/** A finished response. The body is text, so that no framework serializes it again. */
export interface OAuthResponse {
  readonly status: number
  /** Names in lower case; `content-length` in bytes is always there. */
  readonly headers: Readonly<Record<string, string | readonly string[]>>
  readonly body: string
}

/** One endpoint: never rejects; what goes wrong becomes a response. */
export type Endpoint<Native = unknown> = (request: OAuthRequest<Native>) => Promise<OAuthResponse>

/** The header's only value: `undefined` when it is absent, the first one when the platform kept several. */
export function headerValue(headers: RequestHeaders, name: string): string | undefined {
  const value = headers[name]
  return typeof value === 'string' || value === undefined ? value : value[0]
}

const noStore = { 'cache-control': 'no-store', pragma: 'no-cache' } as const

/**
 * A JSON response that no cache keeps.
 * @see {@link https://www.rfc-editor.org/rfc/rfc6749#section-5.1 RFC 6749 section 5.1}
 */
export function jsonResponse(
  status: number,
  content: object,
  headers: Readonly<Record<string, string>> = {},
): OAuthResponse {
  const body = JSON.stringify(content)
  return {
    status,
    headers: {
      'content-type': 'application/json',
      'content-length': String(Buffer.byteLength(body)),
      ...noStore,
      'x-content-type-options': 'nosniff',
      ...headers,
    },
    body,
  }
}

/** An empty answer, as revocation gives it. */
export function emptyResponse(status: number, headers: Readonly<Record<string, string>> = {}): OAuthResponse {
  return { status, headers: { 'content-length': '0', ...noStore, ...headers }, body: '' }
}
