import { redacted } from './redact.ts'

/**
 * A failure as a value. `error` is the code that the server gave, in the words of the RFCs, or one of ours: `network_error`, `timeout`,
 * `aborted`, `server_unavailable`, `invalid_response`, `redirect_refused`, `response_too_large`, `insecure_url`, `invalid_id_token`,
 * `client_error`.
 *
 * @see https://www.rfc-editor.org/rfc/rfc8628#section-3.5
 */
export interface Failure {
  readonly ok: false
  readonly error: string
  /** For developers; control characters are removed. */
  readonly errorDescription?: string
  readonly errorUri?: string
  /** HTTP status, when there was an answer. */
  readonly status?: number
  /** The interval that the server asks for, in seconds. */
  readonly interval?: number
  /** Seconds that the server asks to wait (`Retry-After`). */
  readonly retryAfter?: number
  /** The same request may succeed later. */
  readonly retryable: boolean
  /** All members of the answer. */
  readonly raw?: Readonly<Record<string, unknown>>
}

/** Codes of this package for what the network did, as opposed to what the server decided. */
const transient: ReadonlySet<string> = new Set([
  'network_error',
  'timeout',
  'server_unavailable',
  'invalid_response',
  'redirect_refused',
  'response_too_large',
  'temporarily_unavailable',
])

/** Whether no decision of the server was heard: nothing that ends a sign-in. */
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

/** The members that are not `undefined`. */
export function defined<T extends object>(value: T): Partial<Defined<T>> {
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as Partial<Defined<T>>
}
