import { redacted } from './redact.ts'

/**
 * A failure, which is a value and not an exception.
 *
 * `error` is the error code of the server, as the RFCs spell it, or one of the client itself: `network_error`, `timeout`, `aborted`,
 * `server_unavailable`, `invalid_response`, `redirect_refused`, `response_too_large`, `insecure_url`, `invalid_id_token`, `client_error`.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc8628#section-3.5 RFC 8628 section 3.5}
 */
export interface Failure {
  readonly ok: false
  readonly error: string
  /** An explanation for developers, without control characters. */
  readonly errorDescription?: string
  /** The address of a page about the error. */
  readonly errorUri?: string
  /** The HTTP status; missing when there was no response. */
  readonly status?: number
  /** Seconds between polls, when the server asks for another interval. */
  readonly interval?: number
  /** Seconds that the server asks to wait (`Retry-After`). */
  readonly retryAfter?: number
  /** True if the same request may succeed later. */
  readonly retryable: boolean
  /** All members of the response. */
  readonly raw?: Readonly<Record<string, unknown>>
}

/** The codes of failures of the network, or of something between client and server; `temporarily_unavailable` is the server's own. */
const transient: ReadonlySet<string> = new Set([
  'network_error',
  'timeout',
  'server_unavailable',
  'invalid_response',
  'redirect_refused',
  'response_too_large',
  'temporarily_unavailable',
])

/** True if the failure holds no decision of the server, so that it does not end a sign-in. */
export function isTransient(failure: Failure): boolean {
  return transient.has(failure.error)
}

/** Makes a failure; members that are `undefined` are left out. */
export function failure(
  error: string,
  more: { readonly [K in keyof Omit<Failure, 'ok' | 'error' | 'retryable'>]?: Failure[K] | undefined } = {},
): Failure {
  const retryable = transient.has(error) || error === 'authorization_pending' || error === 'slow_down'
  return redacted({ ok: false, error, retryable, ...defined(more) })
}

type Defined<T> = { [K in keyof T]: Exclude<T[K], undefined> }

/** The members of an object that are not `undefined`. */
export function defined<T extends object>(value: T): Partial<Defined<T>> {
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as Partial<Defined<T>>
}
