/** A value, or a promise of it. Hooks and stores may return either. */
export type Awaitable<T> = T | PromiseLike<T>

/** `true` for a promise. A poll awaits promises only, because awaiting a value costs a promise. */
export function isThenable<T>(value: Awaitable<T>): value is PromiseLike<T> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function'
}

/**
 * Calls `next` with a value at once, or with a promise's value later. A poll that waits for nothing makes no promise.
 */
export function chain<T, U>(value: Awaitable<T>, next: (value: T) => Awaitable<U>): Awaitable<U> {
  return isThenable(value) ? value.then(next) : next(value)
}

/** The headers of a request, with names in lower case, as Node has them. */
export type RequestHeaders = Readonly<Record<string, string | readonly string[] | undefined>>

/**
 * The headers of a request as an application has them: an object as Node has it, or pairs of name and value, such as the `Headers` of a
 * `Request` and of `headers()` in Next.js. Names are in lower case.
 */
export type GivenHeaders = RequestHeaders | Iterable<readonly [name: string, value: string]>

/** The headers as Node has them. */
export function plainHeaders(given: GivenHeaders): RequestHeaders {
  return isPairs(given) ? Object.fromEntries(given) : given
}

function isPairs(given: GivenHeaders): given is Iterable<readonly [name: string, value: string]> {
  return typeof Reflect.get(given, Symbol.iterator) === 'function'
}

/**
 * An HTTP request as a plain object, with the parts that an OAuth endpoint reads.
 *
 * @typeParam Native - The framework's request.
 */
export interface OAuthRequest<Native = unknown> {
  /** The HTTP method in upper case. */
  readonly method: string
  /** The path below the mount point, without the query: `/token`. */
  readonly path: string
  /** The query of the URL. Only pages read it. */
  readonly query: URLSearchParams
  /** The headers, with names in lower case. */
  readonly headers: RequestHeaders
  /**
   * The form in the body, with repeated parameters: the endpoint refuses them. Empty for a request without a form.
   * @see {@link https://www.rfc-editor.org/rfc/rfc6749#section-3.2 RFC 6749 section 3.2}
   */
  readonly form: URLSearchParams
  /** The address of the client, as the framework's proxy setting says. `undefined` if unknown. */
  readonly ip: string | undefined
  /** The framework's own request, for hooks that need a session or a trace id. */
  readonly native: Native
  /**
   * Returns `true` when the client has closed the connection, so that nobody reads the answer. Tokens are not made and
   * nothing is revoked then. If it returns `false`, it calls `onAborted` later, when the connection closes, if it can. Default:
   * the client is taken to wait.
   */
  readonly aborted?: ((onAborted?: () => void) => boolean) | undefined
  /** The monotonic time of `performance.now()` at which the request arrived, in milliseconds. Default: a moment ago. */
  readonly arrivedAt?: number | undefined
  /**
   * Returns the place at which the connection was accepted, if this is its first request. Default: it is another one, or nobody knows.
   * Only requests for codes and pages ask, because the answer costs something.
   */
  readonly acceptedAt?: (() => AcceptedAt | undefined) | undefined
}

/** The place at which a server accepts connections. */
export interface AcceptedAt {
  readonly port: number
  /** True if the server listens for IPv6; such a server may accept connections over IPv4 too. */
  readonly isIPv6: boolean
}

/** A request with a checked form. */
export interface ParsedRequest<Native = unknown> extends OAuthRequest<Native> {
  /** The parameters that the endpoint knows, each once; empty ones are left out. */
  readonly parameters: ReadonlyMap<string, string>
}

/** An HTTP response as a plain object. */
export interface OAuthResponse {
  /** The status code. */
  readonly status: number
  /** The headers, with names in lower case. `content-length`, in bytes, is there unless the status is 204. */
  readonly headers: Readonly<Record<string, string | readonly string[]>>
  /** The body as text, so that no framework serializes it again. Empty for a response without one. */
  readonly body: string
}

/**
 * An endpoint: answers a request. It never rejects: an error becomes a response. It is declared as a method, so that a server
 * of one framework, `DeviceAuth<Request>`, fits where any server is asked for: only an adapter calls its endpoints.
 */
export type Endpoint<Native = unknown> = {
  answer(request: OAuthRequest<Native>): Promise<OAuthResponse>
}['answer'] & {
  /** True if it also reads JSON bodies: the option `compatibility`. @default false */
  readonly readsJson?: boolean | undefined
  /** The type of the bodies that it reads as they are, in place of forms: the text becomes the parameter `body`. @default none */
  readonly readsText?: 'application/json' | 'application/secevent+jwt' | undefined
}

/** True for the methods whose bodies are read. */
export function hasBody(method: string): boolean {
  return method === 'POST' || method === 'PUT'
}

/** The kinds of bodies that an endpoint reads. */
export type BodyKinds = Pick<Endpoint, 'readsJson' | 'readsText'>

/** The value of a header: the first one if the platform kept several, `undefined` if it is absent. */
export function headerValue(headers: RequestHeaders, name: string): string | undefined {
  const value = headers[name]
  return typeof value === 'string' || value === undefined ? value : value[0]
}

const noStore = { 'cache-control': 'no-store', pragma: 'no-cache' } as const

/**
 * Makes a JSON response that no cache keeps.
 *
 * @param headers - Further headers, with names in lower case.
 * @see {@link https://www.rfc-editor.org/rfc/rfc6749#section-5.1 RFC 6749 section 5.1}
 */
export function jsonResponse(
  status: number,
  content: object,
  headers: Readonly<Record<string, string>> = {},
): OAuthResponse {
  return jsonTextResponse(status, JSON.stringify(content), headers)
}

/** The same for a body that is JSON already. */
export function jsonTextResponse(
  status: number,
  body: string,
  headers: Readonly<Record<string, string>> = {},
): OAuthResponse {
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

/** Makes a response without a body that no cache keeps. */
export function emptyResponse(status: number, headers: Readonly<Record<string, string>> = {}): OAuthResponse {
  return { status, headers: { 'content-length': '0', ...noStore, ...headers }, body: '' }
}
