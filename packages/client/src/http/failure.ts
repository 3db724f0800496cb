import { redacted } from './redact.ts'

/**
 * A failure, which is a value and not an exception.
 *
 * `error` is the error code of the server, as the RFCs spell it, or one of the client itself:
 *
 * - no response: `host_not_found` (DNS), `connection_refused`, `certificate_error`, `proxy_error`, `timeout`, `network_error` for the rest
 * - no OAuth response: `server_unavailable`, `invalid_response`, `redirect_refused`, `response_too_large`
 * - no metadata: `metadata_not_found`, `issuer_mismatch`
 * - ended by the application: `aborted`, `time_limit`
 * - others: `insecure_url`, `invalid_id_token`, `store_error`, `unattended`, `not_narrowed`, `client_error`
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc8628#section-3.5 RFC 8628 section 3.5}
 */
export interface Failure {
  readonly ok: false
  readonly error: string
  /** The failure in words: the code, and `errorDescription` or the HTTP status. Without control characters. */
  readonly message: string
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
  /** True if the server says that it held the request as it was asked to (`Prefer: wait`). */
  readonly held?: boolean
  /** True if the same request may succeed later. */
  readonly retryable: boolean
  /** All members of the response. */
  readonly raw?: Readonly<Record<string, unknown>>
}

/** The codes of failures of the network, or of something between client and server; `temporarily_unavailable` is the server's own. */
const transient =
  /^(?:network_error|host_not_found|connection_refused|certificate_error|proxy_error|timeout|server_unavailable|invalid_response|redirect_refused|response_too_large|temporarily_unavailable)$/

/** True if the failure holds no decision of the server, so that it does not end a sign-in. */
export function isTransient({ error, retryable }: Failure): boolean {
  return retryable && transient.test(error)
}

/**
 * Makes a failure; members that are `undefined` are left out.
 *
 * @param more - `retryable` is by default that of the code.
 */
export function failure(
  error: string,
  more: { readonly [K in keyof Omit<Failure, 'ok' | 'error' | 'message'>]?: Failure[K] | undefined } = {},
): Failure {
  const { errorDescription, status = 0 } = more
  const detail = errorDescription ?? (status > 0 ? `HTTP ${status}` : undefined)
  // the code in words: "Access denied"
  const code = error.charAt(0).toUpperCase() + error.slice(1).replaceAll('_', ' ')
  const message = detail === undefined ? code : `${code}: ${detail}`
  const retryable = transient.test(error) || /^(?:authorization_pending|slow_down)$/.test(error)
  return redacted({ ok: false, error, message, retryable, ...defined(more) })
}

type Defined<T> = { [K in keyof T]: Exclude<T[K], undefined> }

/** The members of an object that are not `undefined`. */
export function defined<T extends object>(value: T): Partial<Defined<T>> {
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as Partial<Defined<T>>
}
