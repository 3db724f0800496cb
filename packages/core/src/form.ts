import { OAuthError } from './errors.ts'
import { headerValue, type OAuthRequest, type ParsedRequest, type RequestHeaders } from './http.ts'

/** Bytes that a form body may have; more is answered 413. */
export const MAX_FORM_BYTES = 16 * 1024
const maxParameters = 50

const formType = /^application\/x-www-form-urlencoded[ \t]*(?:;[ \t]*charset="?utf-8"?[ \t]*)?$/i

/**
 * Refuses a body that is not a UTF-8 form, before anything reads it.
 * @see {@link https://www.rfc-editor.org/rfc/rfc8628#section-3.1 RFC 8628 section 3.1}
 */
export function checkFormHeaders(headers: RequestHeaders): OAuthError | undefined {
  const type = headerValue(headers, 'content-type')
  if (type !== 'application/x-www-form-urlencoded' && !(type !== undefined && formType.test(type))) {
    return new OAuthError('invalid_request', 'The body must be application/x-www-form-urlencoded, in UTF-8.')
  }
  const encoding = headerValue(headers, 'content-encoding')
  if (encoding !== undefined && encoding.toLowerCase() !== 'identity') {
    return new OAuthError('invalid_request', 'The body must not be compressed.', { status: 415 })
  }
  return undefined
}

/** An error for a body over {@link MAX_FORM_BYTES}; the connection is closed, because the rest is not read. */
export function bodyTooLarge(): OAuthError {
  return new OAuthError('invalid_request', `The body is larger than ${MAX_FORM_BYTES} bytes.`, {
    status: 413,
    headers: { connection: 'close' },
  })
}

/** An escape that is broken, or part of a character beyond ASCII: neither is in an ordinary poll. */
const doubtfulEscape = /%(?![0-7][0-9a-f])/i

/** Parses a form body; throws `invalid_request` for broken percent-encoding and for bytes that are not UTF-8. */
export function parseForm(text: string): URLSearchParams {
  if (doubtfulEscape.test(text)) {
    try {
      // URLSearchParams would keep a broken escape, and turn a wrong byte into U+FFFD, without a word
      decodeURIComponent(text)
    } catch {
      throw malformed()
    }
  }
  if (text.includes('\ufffd')) throw malformed()
  return new URLSearchParams(text)
}

function malformed(): OAuthError {
  return new OAuthError('invalid_request', 'The body is not a well-formed UTF-8 form.')
}

/**
 * Each parameter once, empty ones left out; throws `invalid_request` when one of `known` is repeated.
 * Unknown parameters are ignored, repeated or not.
 * @see {@link https://www.rfc-editor.org/rfc/rfc6749#section-3.2 RFC 6749 section 3.2}
 */
export function readParameters(form: URLSearchParams, known: ReadonlySet<string>): ReadonlyMap<string, string> {
  const parameters = new Map<string, string>()
  let seen: Set<string> | undefined
  let count = 0
  form.forEach((value, name) => {
    if (++count > maxParameters) throw new OAuthError('invalid_request', `More than ${maxParameters} parameters.`)
    if (!known.has(name)) return
    if (parameters.has(name) || seen?.has(name)) {
      throw new OAuthError('invalid_request', 'A parameter is repeated.')
    }
    // an empty parameter counts as omitted, yet may not be repeated either
    if (value === '') {
      seen ??= new Set()
      seen.add(name)
    } else parameters.set(name, value)
  })
  return parameters
}

/** Checks type and repeats of a form request, and reads its parameters. */
export function parseRequest<Native>(request: OAuthRequest<Native>, known: ReadonlySet<string>): ParsedRequest<Native> {
  const wrong = checkFormHeaders(request.headers)
  if (wrong !== undefined) throw wrong
  const { method, path, query, headers, form, ip, native } = request
  return { method, path, query, headers, form, ip, native, parameters: readParameters(form, known) }
}
