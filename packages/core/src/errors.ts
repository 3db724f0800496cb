import { jsonResponse, type OAuthResponse } from './http.ts'
import type { ErrorResponse } from './protocol.ts'

const badRequest = 400
/** Every error code this server answers with: its status and what it says; never a word of the request. */
const table = {
  invalid_request: [badRequest, 'The request is missing a parameter, repeats one, or is malformed.'],
  invalid_client: [401, 'Client authentication failed.'],
  invalid_grant: [badRequest, 'The code or token is invalid, expired, revoked, or was issued to another client.'],
  unauthorized_client: [badRequest, 'The client may not use this grant.'],
  unsupported_grant_type: [badRequest, 'This grant type is not supported.'],
  invalid_scope: [badRequest, 'The requested scope is unknown, malformed, or exceeds what the client may ask for.'],
  authorization_pending: [badRequest, 'The user has not answered yet.'],
  slow_down: [badRequest, 'The user has not answered yet; poll less often.'],
  access_denied: [badRequest, 'The request was denied.'],
  expired_token: [badRequest, 'The device code has expired; start again.'],
  unsupported_token_type: [badRequest, 'This type of token cannot be revoked here.'],
  server_error: [500, 'The server failed.'],
  temporarily_unavailable: [503, 'The server is not available right now; try again.'],
} as const satisfies Record<string, readonly [number, string]>

/** The error codes of RFC 6749, 7009 and 8628 that this server answers with. */
export type OAuthErrorCode = keyof typeof table

function isKnown(code: string): code is OAuthErrorCode {
  return Object.hasOwn(table, code)
}

/** Seconds that a client is asked to wait before it tries again. */
export const RETRY_AFTER = 5

/** What else an {@link OAuthError} may say. */
export interface OAuthErrorOptions extends ErrorOptions {
  /** Default: by code. */
  readonly status?: number
  /** Added to the response; names in lower case. */
  readonly headers?: Readonly<Record<string, string>>
}

/**
 * Throw it from a hook to answer the device with this error. The description must hold nothing
 * of the request; characters that RFC 6749 forbids are replaced.
 * @see {@link https://www.rfc-editor.org/rfc/rfc6749#section-5.2 RFC 6749 section 5.2}
 */
export class OAuthError extends Error {
  readonly code: OAuthErrorCode | (string & {})
  readonly status: number
  readonly headers: Readonly<Record<string, string>>

  constructor(code: OAuthErrorCode | (string & {}), description?: string, options: OAuthErrorOptions = {}) {
    const [status, text] = isKnown(code) ? table[code] : [badRequest, 'The request was refused.']
    super(description ?? text, options)
    this.name = 'OAuthError'
    this.code = code
    this.status = options.status ?? status
    this.headers = options.headers ?? {}
  }
}

/** `temporarily_unavailable` with the header `Retry-After`, for a failure that is likely to pass. */
export function temporarilyUnavailable(description?: string): OAuthError {
  return new OAuthError('temporarily_unavailable', description, { headers: { 'retry-after': String(RETRY_AFTER) } })
}

/** Recognises an {@link OAuthError} by its shape, because a package may be installed twice. */
export function isOAuthError(error: unknown): error is OAuthError {
  if (!(error instanceof Error && error.name === 'OAuthError')) return false
  const { code, status, headers } = error as Partial<OAuthError>
  return typeof code === 'string' && typeof status === 'number' && typeof headers === 'object'
}

/** RFC 6749 section 5.2 allows %x20-21 / %x23-5B / %x5D-7E only. */
function ascii(text: string): string {
  return text.replace(/[^\x20-\x21\x23-\x5b\x5d-\x7e]/g, '?')
}

/** The response for an error. */
export function errorResponse(error: OAuthError): OAuthResponse {
  return jsonResponse(
    error.status,
    { error: ascii(error.code), error_description: ascii(error.message) } satisfies ErrorResponse,
    error.headers,
  )
}

function prebuilt(code: OAuthErrorCode): OAuthResponse {
  return Object.freeze(errorResponse(new OAuthError(code)))
}

/** `authorization_pending` with a description of its own; build it once. */
export function authorizationPending(description: string): OAuthResponse {
  return Object.freeze(errorResponse(new OAuthError('authorization_pending', description)))
}

/** The answers to a poll, built once: nearly all of the load is `authorization_pending`. */
export const pollAnswers = {
  authorization_pending: prebuilt('authorization_pending'),
  access_denied: prebuilt('access_denied'),
  expired_token: prebuilt('expired_token'),
  invalid_grant: prebuilt('invalid_grant'),
} as const

const slowDownAnswers = new Map<number, OAuthResponse>()

/**
 * `slow_down` with the interval, in seconds, that holds from now on.
 * @see {@link https://www.rfc-editor.org/rfc/rfc8628#section-3.5 RFC 8628 section 3.5}
 */
export function slowDownAnswer(interval: number): OAuthResponse {
  let answer = slowDownAnswers.get(interval)
  if (answer === undefined) {
    const content: ErrorResponse = { error: 'slow_down', error_description: table.slow_down[1], interval }
    answer = Object.freeze(jsonResponse(badRequest, content))
    // one entry for each interval between the option's and the cap
    if (slowDownAnswers.size < 128) slowDownAnswers.set(interval, answer)
  }
  return answer
}
