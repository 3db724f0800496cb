import type { ProviderProfile } from '../providers/profile.ts'
import type { HttpResponse } from './exchange.ts'
import { type Failure, failure } from './failure.ts'
import { printable } from './printable.ts'

/** The members of a response, by their names in the RFCs. */
export type Members = Readonly<Record<string, unknown>>

/** Error codes of several providers, with the code of the RFCs that they stand for. */
const aliases: Readonly<Record<string, string>> = {
  authorization_declined: 'access_denied',
  code_expired: 'expired_token',
  token_expired: 'expired_token',
  bad_verification_code: 'invalid_grant',
  incorrect_device_code: 'invalid_grant',
  'invalid device code': 'invalid_grant',
  incorrect_client_credentials: 'invalid_client',
  device_flow_disabled: 'unauthorized_client',
}

/** The error codes of RFC 8628 section 3.5, and those about the registration of the client and its scope, which another attempt cannot change. */
const decisions =
  /^(?:authorization_pending|slow_down|access_denied|expired_token|unauthorized_client|unsupported_grant_type|invalid_scope)$/

const isRegistered = (code: string): boolean => decisions.test(code) || /^invalid_(?:request|client|grant)$/.test(code)

/** The words of a status, which web frameworks and gateways send as `error`. */
const reasonPhrase = /^(?:Bad Request|Unauthorized|Forbidden|Not Found|Method Not Allowed)$/

/**
 * Reads the members of a response, JSON or form, and gives them the names of the RFCs.
 *
 * @returns `undefined` when the response is neither, such as the page of a captive portal.
 */
export function membersOf({ text, headers }: HttpResponse, profile?: ProviderProfile): Members | undefined {
  const members = parse(text.trim(), headers.get('content-type') ?? '')
  if (members === undefined || profile?.members === undefined) return members
  const names = profile.members
  return Object.fromEntries(Object.entries(members).map(([name, value]) => [own(names, name) ?? name, value]))
}

function parse(text: string, type: string): Members | undefined {
  if (text.startsWith('{')) {
    try {
      return JSON.parse(text)
    } catch {
      return undefined
    }
  }
  const isForm = type.includes('x-www-form-urlencoded') || (type.startsWith('text/plain') && /^\w+=[^<\s]*$/.test(text))
  return isForm ? Object.fromEntries(new URLSearchParams(text)) : undefined
}

/** The member of a record, never one of its prototype, such as `constructor`. */
export function own<T>(record: Readonly<Record<string | number, T>> | undefined, name: string | number): T | undefined {
  return record !== undefined && Object.hasOwn(record, name) ? record[name] : undefined
}

/** The first of these members that is a non-empty string. */
export function textOf(members: Members, ...names: readonly string[]): string | undefined {
  for (const name of names) {
    const value = own(members, name)
    if (typeof value === 'string' && value !== '') return value
  }
  return undefined
}

/** The first of these members that is a number, or a string that holds one. */
export function numberOf(members: Members, ...names: readonly string[]): number | undefined {
  for (const name of names) {
    const value = own(members, name)
    const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value
    if (Number.isFinite(number)) return Number(number)
  }
  return undefined
}

/**
 * The seconds between polls: at least 1, at most 3600, and 5 when the server says nothing, or says no number above 0.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc8628#section-3.2 RFC 8628 section 3.2}
 */
export function boundedInterval(interval: number | undefined): number {
  return interval && interval > 0 ? Math.min(Math.max(interval, 1), 3600) : 5
}

/** True if the response is a success: some providers send errors with status 200. */
export function isSuccess({ status }: HttpResponse, members: Members | undefined): members is Members {
  return members !== undefined && !members.error && status >= 200 && status < 300
}

/** The failure that a response stands for which is no success. */
export function failureOf(response: HttpResponse, members: Members | undefined, profile?: ProviderProfile): Failure {
  const { status } = response
  const read = members ?? {}
  const interval = numberOf(read, 'interval')
  const description =
    textOf(read, 'error_description', 'message', 'errorSummary', 'detail') ??
    textOf(Object(read.error), 'message') ??
    (members === undefined ? answererOf(response) : undefined)
  const uri = textOf(read, 'error_uri')
  return failure(errorCode(status, read, profile), {
    status,
    interval: interval === undefined ? undefined : boundedInterval(interval),
    retryAfter: retryAfterOf(response),
    held: /\bwait=/i.test(response.headers.get('preference-applied') ?? '') || undefined,
    errorDescription: description && printable(description),
    errorUri: uri && printable(uri, 2000),
    raw: members,
  })
}

/**
 * Something that is no authorization server, in words: `HTTP 403 text/html "Invalid CSRF token"`. It is the page of a captive portal, of
 * a proxy, or of middleware in front of the server. `undefined` for an empty body, which says nothing.
 */
function answererOf({ status, headers, text }: HttpResponse): string | undefined {
  const type = headers.get('content-type')?.split(';', 1)[0]?.trim() ?? 'no content type'
  const visible = text
    .slice(0, 4000)
    .replace(/<(script|style|head)\b[\s\S]*?<\/\1\s*>/gi, (part) => /<title[^>]*>[^<]*/i.exec(part)?.[0] ?? ' ')
    .replace(/<[^>]*>?/g, ' ')
  const words = printable(visible.replace(/\s+/g, ' ').trim(), 4000)
  if (words === '') return undefined
  // a token response that broke off on the way: messages go into logs
  const shown = secretMember.test(words) ? 'with secrets that cannot be read' : `"${words.slice(0, 100)}"`
  return `HTTP ${status} ${printable(type, 50)} ${shown}; that is not the answer of an authorization server`
}

/** The name of a member that is a secret, in the spelling of the RFCs or in that of AWS, with the beginning of its value. */
const secretMember = /\b(?:(?:access|refresh|id)_?token|device_?code)["']?\s*[:=]/i

function errorCode(status: number, members: Members, profile?: ProviderProfile): string {
  const code = namedError(members, profile) ?? own(profile?.statuses, status) ?? ''
  // A 5xx may come from a gateway, so it ends nothing, whatever its error code. The codes of RFC 8628, and those that another attempt
  // cannot change, are exceptions: no gateway sends them, oauth2orize denies with 500, and others refuse a scope so.
  if (decisions.test(code)) return code
  if (status >= 500) return 'server_unavailable'
  if (isRegistered(code)) return code
  // rate limiters, proxies and frameworks have names of their own, which are no decision about the sign-in
  if (status === 429 || /rate.?limit/i.test(code)) return 'slow_down'
  if (status === 407) return 'proxy_error'
  if (status === 408 || status === 425) return 'server_unavailable'
  return code === '' || reasonPhrase.test(code) ? 'invalid_response' : code
}

function namedError(members: Members, profile?: ProviderProfile): string | undefined {
  for (const name of errorNames(members)) {
    const key = name.toLowerCase()
    const known = own(profile?.errors, key) ?? own(aliases, key) ?? (isRegistered(key) ? key : undefined)
    if (known !== undefined) return known
  }
  const { error } = members
  return typeof error === 'string' && error !== '' ? printable(error, 100) : undefined
}

/** The members of a response that may name an error, the most exact first. */
function errorNames(members: Members): readonly string[] {
  const { error, error_codes, sub_error, error_code, errorCode, message } = members
  const nested: Members = Object(error)
  const all = [nested.error_subcode, nested.code, sub_error, error_codes, error, error_code, errorCode, message]
  return all.flat().flatMap((name) => (typeof name === 'string' || typeof name === 'number' ? [String(name)] : []))
}

/**
 * The seconds of a `Retry-After` header, at most a day. A date counts from the `Date` header, because the clock of the device may be wrong.
 * A header that was sent twice arrives as one, with a comma between the values: the first counts.
 */
function retryAfterOf({ headers, receivedAt }: HttpResponse): number | undefined {
  const value = headers.get('retry-after') ?? ''
  const number = Number(value.split(',', 1)[0] || Number.NaN)
  const sentAt = Date.parse(headers.get('date') ?? '') || receivedAt
  const seconds = Number.isNaN(number) ? (Date.parse(value) - sentAt) / 1000 : number
  return Number.isFinite(seconds) ? Math.min(Math.max(seconds, 0), 86_400) : undefined
}
