import { describeRequest, describeResponse } from './describe.ts'
import type { HttpResponse } from './http.ts'
import { parseObject, repeatedMembers } from './json.ts'

/** A requirement that is not met. The message has the expectation, the response and the request, without secrets. */
export class ConformanceFailure extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'ConformanceFailure'
  }
}

/** Fails with `expected …, got … to POST /token …` unless the condition holds. */
export function check(condition: boolean, expected: string, response?: HttpResponse): asserts condition {
  if (condition) return
  if (response === undefined) throw new ConformanceFailure(`expected ${expected}`)
  throw new ConformanceFailure(
    `expected ${expected}, got ${describeResponse(response)}\n  to ${describeRequest(response.request)}`,
  )
}

/** Fails unless the status is one of these. */
export function expectStatus(response: HttpResponse, ...statuses: readonly number[]): void {
  check(statuses.includes(response.status), statuses.join(' or '), response)
}

/** Fails unless the request is refused with a 4xx. */
export function expectRefused(response: HttpResponse): void {
  check(response.status >= 400 && response.status < 500, 'a refusal (4xx)', response)
}

/** Fails if the server answers with a 5xx. */
export function expectNoServerError(response: HttpResponse): void {
  check(response.status >= 200 && response.status < 500, 'no server error (5xx)', response)
}

/** Fails unless the body is one JSON object without repeated members. Returns the object. */
export function expectJson(response: HttpResponse): Readonly<Record<string, unknown>> {
  const type = response.headers.get('content-type') ?? ''
  check(/^application\/json\s*(;|$)/i.test(type), `Content-Type application/json, not '${type}'`, response)
  const content = parseObject(response.text)
  check(content !== undefined, 'one JSON object', response)
  const repeated = repeatedMembers(response.text)
  check(repeated.length === 0, `each member once, not '${repeated.join("', '")}' twice`, response)
  return content
}

/** Fails unless the response has `Cache-Control: no-store`, and with `pragma` also `Pragma: no-cache`. */
export function expectNoStore(response: HttpResponse, pragma: boolean = response.strict): void {
  const control = response.headers.get('cache-control')
  check(/\bno-store\b/i.test(control ?? ''), `Cache-Control: no-store, not '${control ?? ''}'`, response)
  if (!pragma) return
  const value = response.headers.get('pragma')
  check(/\bno-cache\b/i.test(value ?? ''), `Pragma: no-cache, not '${value ?? ''}'`, response)
}

// RFC 6749 section 5.2: %x20-21 / %x23-5B / %x5D-7E
const errorText = /^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/
const tokenMembers = ['access_token', 'refresh_token', 'id_token', 'device_code', 'user_code'] as const
const stackTrace = /\bat [^\s]+ \(?(?:file:|\/|[A-Z]:\\)|node_modules|Traceback/

function oneOf(value: unknown, values: string | readonly string[]): boolean {
  return typeof values === 'string' ? value === values : typeof value === 'string' && values.includes(value)
}

/**
 * Fails unless the response is an error response with this code and status, in JSON and in the allowed characters,
 * without tokens, cookies and stack traces. With the profile `device-auth` it also must not be cached.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc6749#section-5.2 RFC 6749 section 5.2}
 */
export function expectError(
  response: HttpResponse,
  code: string | readonly string[],
  status: number | readonly number[] = 400,
): Readonly<Record<string, unknown>> {
  const statuses = typeof status === 'number' ? [status] : status
  const expected = `${statuses.join('/')} ${typeof code === 'string' ? code : code.join(' or ')}`
  check(statuses.includes(response.status), expected, response)
  check(oneOf(parseObject(response.text)?.error, code), expected, response)
  const content = expectJson(response)
  for (const name of ['error', 'error_description', 'error_uri']) {
    const value = content[name]
    if (value === undefined) continue
    check(
      typeof value === 'string' && errorText.test(value),
      `${expected} with ${name} in the characters that RFC 6749 allows`,
      response,
    )
  }
  for (const name of tokenMembers) check(!Object.hasOwn(content, name), `${expected} without ${name}`, response)
  check(response.headers.getSetCookie().length === 0, `${expected} without Set-Cookie`, response)
  check(!stackTrace.test(response.text), `${expected} without a stack trace`, response)
  // RFC 6749 demands this only of answers with tokens. For errors there is the case 6749-5.1-5
  if (response.strict) expectNoStore(response)
  return content
}

/** Fails unless the response is 401 `invalid_client`. RFC 6749 also allows 400 if the client sent no Authorization header. */
export function expectInvalidClient(response: HttpResponse): void {
  expectError(response, 'invalid_client', response.strict ? 401 : [400, 401])
}

/** The members of a successful token response. */
export interface Tokens {
  readonly access_token: string
  readonly token_type: string
  readonly expires_in: number | undefined
  readonly refresh_token: string | undefined
  readonly scope: string | undefined
}

function optional<T>(
  value: unknown,
  is: (value: unknown) => value is T,
  expected: string,
  response: HttpResponse,
): T | undefined {
  check(value === undefined || is(value), expected, response)
  return value
}

const isString = (value: unknown): value is string => typeof value === 'string' && value !== ''
const isPositive = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value) && value > 0

/**
 * Fails unless the response is a successful token response: 200, JSON, not cached, its members with their types.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc6749#section-5.1 RFC 6749 section 5.1}
 */
export function expectTokens(response: HttpResponse): Tokens {
  check(response.status === 200, '200 with tokens', response)
  const content = expectJson(response)
  expectNoStore(response)
  check(isString(content.access_token), 'access_token, a string', response)
  check(isString(content.token_type), 'token_type, a string', response)
  check(!response.strict || isPositive(content.expires_in), 'expires_in, always sent', response)
  check(!response.strict || typeof content.scope === 'string', 'scope, always sent', response)
  return {
    access_token: content.access_token,
    token_type: content.token_type,
    expires_in: optional(content.expires_in, isPositive, 'expires_in, a positive number', response),
    refresh_token: optional(content.refresh_token, isString, 'refresh_token, a string', response),
    scope: optional(content.scope, (value) => typeof value === 'string', 'scope, a string', response),
  }
}
