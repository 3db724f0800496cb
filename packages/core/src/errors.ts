import { jsonResponse, type OAuthResponse } from './http.ts'
import type { ErrorResponse } from './protocol.ts'

const BAD_REQUEST = 400
/**
 * The error codes of this server, each with its status and description. A description repeats nothing of the request.
 * docs/errors.md explains each of them.
 */
const table = {
  invalid_request: [BAD_REQUEST, 'The request is missing a parameter, repeats one, or is malformed.'],
  invalid_client: [401, 'Client authentication failed.'],
  invalid_grant: [BAD_REQUEST, 'The code or token is invalid, expired, revoked, or was issued to another client.'],
  unauthorized_client: [BAD_REQUEST, 'The client may not use this grant.'],
  unsupported_grant_type: [BAD_REQUEST, 'This grant type is not supported.'],
  invalid_scope: [BAD_REQUEST, 'The requested scope is unknown, malformed, or exceeds what the client may ask for.'],
  invalid_target: [BAD_REQUEST, 'The requested resource is unknown, malformed, or was not granted.'],
  invalid_authorization_details: [
    BAD_REQUEST,
    'The authorization details are unknown, malformed, or were not granted.',
  ],
  unmet_authentication_requirements: [BAD_REQUEST, 'This server has no log-in as strong as the device wants.'],
  authorization_pending: [BAD_REQUEST, 'The user has not answered yet.'],
  slow_down: [BAD_REQUEST, 'The user has not answered yet; poll less often.'],
  access_denied: [BAD_REQUEST, 'The request was denied.'],
  expired_token: [BAD_REQUEST, 'The device code has expired; start again.'],
  unsupported_token_type: [BAD_REQUEST, 'This type of token cannot be revoked here.'],
  invalid_client_metadata: [BAD_REQUEST, 'The metadata of the client cannot be registered.'],
  invalid_software_statement: [BAD_REQUEST, 'The software statement is not valid.'],
  unapproved_software_statement: [BAD_REQUEST, 'The software statement is not approved here.'],
  invalid_dpop_proof: [BAD_REQUEST, 'The DPoP proof is missing or not valid.'],
  use_dpop_nonce: [BAD_REQUEST, 'The DPoP proof needs the nonce of the header DPoP-Nonce.'],
  server_error: [500, 'The server failed.'],
  temporarily_unavailable: [503, 'The server is not available right now; try again.'],
} as const satisfies Record<string, readonly [number, string]>

/** An error code of RFC 6749, 7009, 7591, 8628, 8707, 9396 or 9449 that this server answers with. */
export type OAuthErrorCode = keyof typeof table

function isKnown(code: string): code is OAuthErrorCode {
  return Object.hasOwn(table, code)
}

/** The seconds of `Retry-After` when the server fails for a while. */
export const RETRY_AFTER = 5

/** The options of an {@link OAuthError}. */
export interface OAuthErrorOptions {
  /** The error that led to this one, as in JavaScript's `Error`. @default none */
  readonly cause?: unknown
  /** The HTTP status. @default the status of the code, or 400 for a code of your own */
  readonly status?: number
  /** Further headers of the response, with names in lower case. @default none */
  readonly headers?: Readonly<Record<string, string>>
}

/**
 * An error as the answer to a request. Throw it from a hook to answer the device with it.
 * @see {@link https://www.rfc-editor.org/rfc/rfc6749#section-5.2 RFC 6749 section 5.2}
 */
export class OAuthError extends Error {
  /** The `error` of the response. */
  readonly code: OAuthErrorCode | (string & {})
  /** The HTTP status of the response. */
  readonly status: number
  /** Further headers of the response. */
  readonly headers: Readonly<Record<string, string>>

  /**
   * @param code - A code of the RFCs, or one of your own.
   * @param description - The `error_description`. Put nothing of the request into it. Characters that RFC 6749 forbids
   *   are replaced by `?`. Default: the description of the code.
   */
  constructor(code: OAuthErrorCode | (string & {}), description?: string, options: OAuthErrorOptions = {}) {
    const [status, text] = isKnown(code) ? table[code] : [BAD_REQUEST, 'The request was refused.']
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

/**
 * Recognises an {@link OAuthError}. Use it in place of `instanceof`: when this package is installed twice, there are
 * two classes of that name.
 */
export function isOAuthError(error: unknown): error is OAuthError {
  if (!(error instanceof Error && error.name === 'OAuthError')) return false
  const { code, status, headers } = error as Partial<OAuthError>
  return typeof code === 'string' && typeof status === 'number' && typeof headers === 'object'
}

/** Replaces the characters that RFC 6749 section 5.2 forbids: it allows %x20-21 / %x23-5B / %x5D-7E only. */
function ascii(text: string): string {
  return text.replace(/[^\x20-\x21\x23-\x5b\x5d-\x7e]/g, '?')
}

/** Makes the response of an error: JSON with `error` and `error_description`. */
export function errorResponse(error: OAuthError): OAuthResponse {
  return jsonResponse(
    error.status,
    { error: ascii(error.code), error_description: ascii(error.message) } satisfies ErrorResponse,
    error.headers,
  )
}

/**
 * Makes the response for an error that is found before an endpoint runs: a wrong method, a form that cannot be read. Its path
 * may be that of a page, so it has the headers that keep a page out of frames.
 */
export function refusalResponse(error: OAuthError): OAuthResponse {
  const { status, headers, body } = errorResponse(error)
  return {
    status,
    headers: {
      ...headers,
      'x-frame-options': 'DENY',
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
    },
    body,
  }
}

function prebuilt(code: OAuthErrorCode): OAuthResponse {
  return Object.freeze(errorResponse(new OAuthError(code)))
}

/** Makes an `authorization_pending` response with another description. Call it once, not with every poll. */
export function authorizationPending(description: string): OAuthResponse {
  return Object.freeze(errorResponse(new OAuthError('authorization_pending', description)))
}

/** The error responses to a poll, made once, because nearly all of the load is `authorization_pending`. */
export const pollAnswers = {
  authorization_pending: prebuilt('authorization_pending'),
  access_denied: prebuilt('access_denied'),
  expired_token: prebuilt('expired_token'),
  invalid_grant: prebuilt('invalid_grant'),
} as const

const slowDownAnswers = new Map<number, OAuthResponse>()

/**
 * The response `slow_down`.
 *
 * @param interval - The interval from now on, in seconds.
 * @see {@link https://www.rfc-editor.org/rfc/rfc8628#section-3.5 RFC 8628 section 3.5}
 */
export function slowDownAnswer(interval: number): OAuthResponse {
  let answer = slowDownAnswers.get(interval)
  if (answer === undefined) {
    const content: ErrorResponse = { error: 'slow_down', error_description: table.slow_down[1], interval }
    answer = Object.freeze(jsonResponse(BAD_REQUEST, content))
    // one entry for each interval between the option's and the cap
    if (slowDownAnswers.size < 128) slowDownAnswers.set(interval, answer)
  }
  return answer
}
