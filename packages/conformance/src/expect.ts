import { describeRequest, describeResponse } from './describe.ts'
import type { HttpResponse } from './http.ts'
import { parseObject, repeatedMembers } from './json.ts'

/** A requirement that is not met. The message has the expectation, the response and the request, without secrets. */
export class ConformanceFailure extends Error {
  /** The response that does not meet it. `undefined` if the requirement is about more than one response. */
  readonly response: HttpResponse | undefined

  constructor(message: string, response?: HttpResponse) {
    super(message)
    this.name = 'ConformanceFailure'
    this.response = response
  }
}

/** Fails with `expected …, got … to POST /token …` unless the condition holds. */
export function check(condition: boolean, expected: string, response?: HttpResponse): asserts condition {
  if (condition) return
  if (response === undefined) throw new ConformanceFailure(`expected ${expected}`)
  throw new ConformanceFailure(
    `expected ${expected}, got ${describeResponse(response)}\n  to ${describeRequest(response.request)}`,
    response,
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

/** Fails unless the media type of the response is `application/json`. */
export function expectJsonType(response: HttpResponse): void {
  const type = response.headers.get('content-type') ?? ''
  check(/^application\/json\s*(;|$)/i.test(type), `Content-Type application/json, not '${type}'`, response)
}

/** Fails if an object in the body has a member twice. */
export function expectMembersOnce(response: HttpResponse): void {
  const repeated = repeatedMembers(response.text)
  check(repeated.length === 0, `each member once, not '${repeated.join("', '")}' twice`, response)
}

/**
 * Fails unless the body is one JSON object. Returns the object. Its media type and repeated members have cases of
 * their own; only the profile `device-auth` looks at them in every answer.
 */
export function expectJson(response: HttpResponse): Readonly<Record<string, unknown>> {
  if (response.strict) expectJsonType(response)
  const content = parseObject(response.text)
  check(content !== undefined, 'one JSON object', response)
  if (response.strict) expectMembersOnce(response)
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
 * Fails unless error, error_description and error_uri have only the characters that the RFC allows.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc6749#section-5.2 RFC 6749 section 5.2}
 */
export function expectErrorText(response: HttpResponse): void {
  const content = parseObject(response.text) ?? {}
  for (const name of ['error', 'error_description', 'error_uri']) {
    const value = content[name]
    const isAllowed = value === undefined || (typeof value === 'string' && errorText.test(value))
    check(isAllowed, `${name} in the characters that RFC 6749 allows`, response)
  }
}

/** Fails if an error response has tokens, codes or a stack trace. */
export function expectNoSecrets(response: HttpResponse): void {
  const content = parseObject(response.text) ?? {}
  for (const name of tokenMembers) check(!Object.hasOwn(content, name), `an error without ${name}`, response)
  check(!stackTrace.test(response.text), 'an error without a stack trace', response)
}

/**
 * Fails unless the response is an error response with this code. Its status, media type, characters and headers have
 * cases of their own: here any status below 500 will do. Only the profile `device-auth` looks at all of it in every answer.
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
  check(response.strict ? statuses.includes(response.status) : response.status < 500, expected, response)
  check(oneOf(parseObject(response.text)?.error, code), expected, response)
  if (response.strict) {
    expectErrorText(response)
    expectNoSecrets(response)
    check(response.headers.getSetCookie().length === 0, `${expected} without Set-Cookie`, response)
    expectNoStore(response)
  }
  return expectJson(response)
}

/**
 * Fails unless the request is refused without a server error and without tokens. Only the profile `device-auth` demands
 * the code, for which there are cases of their own.
 */
export function expectRefusal(response: HttpResponse, code: string | readonly string[]): void {
  const refused = response.status < 500 && typeof parseObject(response.text)?.access_token !== 'string'
  check(refused, `400 ${typeof code === 'string' ? code : code.join(' or ')}`, response)
  if (response.strict) expectError(response, code)
}

/** Fails unless the response is `invalid_client`. RFC 6749 allows 401, and 400 if the client sent no Authorization header. */
export function expectInvalidClient(response: HttpResponse): void {
  expectError(response, 'invalid_client', response.strict ? 401 : [400, 401])
}

/** The members of a successful token response. Those of a wrong type are left out. */
export interface Tokens {
  readonly access_token: string
  readonly token_type: string
  readonly expires_in: number | undefined
  readonly refresh_token: string | undefined
  readonly scope: string | undefined
  /** All members as they came. */
  readonly content: Readonly<Record<string, unknown>>
}

const isString = (value: unknown): value is string => typeof value === 'string' && value !== ''
const isPositive = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value) && value > 0

/**
 * Fails unless the members of a token response have their types.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc6749#section-5.1 RFC 6749 section 5.1}
 */
export function expectTokenTypes(response: HttpResponse): void {
  const { token_type, expires_in, refresh_token, scope } = expectJson(response)
  check(isString(token_type), 'token_type, a string', response)
  check(expires_in === undefined || isPositive(expires_in), 'expires_in, a positive number', response)
  check(refresh_token === undefined || isString(refresh_token), 'refresh_token, a string', response)
  check(scope === undefined || typeof scope === 'string', 'scope, a string', response)
}

/**
 * Fails unless the response has an access token. The other members and the headers have cases of their own;
 * only the profile `device-auth` looks at them in every answer.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc6749#section-5.1 RFC 6749 section 5.1}
 */
export function expectTokens(response: HttpResponse): Tokens {
  check(response.status === 200, '200 with tokens', response)
  const content = expectJson(response)
  const { access_token, token_type, expires_in, refresh_token, scope } = content
  check(isString(access_token), 'access_token, a string', response)
  if (response.strict) {
    expectNoStore(response)
    expectTokenTypes(response)
    check(isPositive(expires_in), 'expires_in, always sent', response)
    check(typeof scope === 'string', 'scope, always sent', response)
  }
  return {
    access_token,
    token_type: isString(token_type) ? token_type : '',
    expires_in: isPositive(expires_in) ? expires_in : undefined,
    refresh_token: isString(refresh_token) ? refresh_token : undefined,
    scope: typeof scope === 'string' ? scope : undefined,
    content,
  }
}
