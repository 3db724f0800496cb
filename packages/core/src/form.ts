import { OAuthError } from './errors.ts'
import { headerValue, type OAuthRequest, type ParsedRequest, type RequestHeaders } from './http.ts'

/** The largest size of a form body in bytes. A larger one is answered 413. */
export const MAX_FORM_BYTES = 16 * 1024
const MAX_PARAMETERS = 50

/**
 * The charsets that ASCII is a part of, by the names that clients send, so that a form in ASCII alone is the same text in each. Each
 * row of spaces can be read in one way only: a header of spaces takes no longer than another one.
 */
const formType =
  /^application\/x-www-form-urlencoded(?:[ \t]*;[ \t]*charset=("?)(utf-?8|(?:us-)?ascii|iso-8859-1|latin1|windows-1252)\1)?(?:[ \t]*;)?[ \t]*$/i

/**
 * Checks, before the body is read, that the headers announce a UTF-8 form.
 *
 * @returns The error to answer with, or `undefined` if the headers are right.
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

/** The error for a body over {@link MAX_FORM_BYTES}. It closes the connection, because the rest is not read. */
export function bodyTooLarge(): OAuthError {
  return new OAuthError('invalid_request', `The body is larger than ${MAX_FORM_BYTES} bytes.`, {
    status: 413,
    headers: { connection: 'close' },
  })
}

/** A broken escape, or an escape of a byte beyond ASCII. An ordinary poll has neither. */
const doubtfulEscape = /%(?![0-7][0-9a-f])/i

/**
 * Parses a form body.
 *
 * @throws {OAuthError} `invalid_request` for broken percent-encoding and for bytes that are not UTF-8.
 */
export function parseForm(text: string): URLSearchParams {
  if (doubtfulEscape.test(text)) {
    try {
      // throws; URLSearchParams would keep a broken escape, and turn a wrong byte into U+FFFD
      decodeURIComponent(text)
    } catch {
      throw malformedForm()
    }
  }
  if (text.includes('\ufffd')) throw malformedForm()
  return new URLSearchParams(text)
}

function malformedForm(): OAuthError {
  return new OAuthError('invalid_request', 'The body is not a well-formed UTF-8 form.')
}

/**
 * Reads the parameters of a form: those in `known`, without empty ones. Unknown parameters are ignored, repeated or
 * not.
 *
 * @throws {OAuthError} `invalid_request` if one of `known` is repeated, or if there are more than 50 parameters.
 * @see {@link https://www.rfc-editor.org/rfc/rfc6749#section-3.2 RFC 6749 section 3.2}
 */
export function readParameters(form: URLSearchParams, known: ReadonlySet<string>): ReadonlyMap<string, string> {
  const parameters = new Map<string, string>()
  let seen: Set<string> | undefined
  let count = 0
  form.forEach((value, name) => {
    if (++count > MAX_PARAMETERS) throw new OAuthError('invalid_request', `More than ${MAX_PARAMETERS} parameters.`)
    if (!known.has(name)) return
    if (parameters.has(name) || seen?.has(name)) {
      throw new OAuthError('invalid_request', 'A parameter is repeated.')
    }
    // an empty parameter counts as omitted, but may not be repeated either
    if (value === '') {
      seen ??= new Set()
      seen.add(name)
    } else parameters.set(name, value)
  })
  return parameters
}

/**
 * Checks a form request and reads its parameters.
 *
 * @param known - The names of the parameters that the endpoint reads.
 * @throws {OAuthError} `invalid_request` if the body is not a form, or one of `known` is repeated.
 */
export function parseRequest<Native>(request: OAuthRequest<Native>, known: ReadonlySet<string>): ParsedRequest<Native> {
  const wrong = checkFormHeaders(request.headers)
  if (wrong !== undefined) throw wrong
  const { method, path, query, headers, form, ip, native, aborted, arrivedAt } = request
  if (!isUtf8(headers) && !isAscii(form)) throw malformedForm()
  const parameters = readParameters(form, known)
  return { method, path, query, headers, form, ip, native, aborted, arrivedAt, parameters }
}

function isUtf8(headers: RequestHeaders): boolean {
  const type = headerValue(headers, 'content-type')
  if (type === 'application/x-www-form-urlencoded' || type === undefined) return true
  const charset = formType.exec(type)?.[2]
  return charset === undefined || /^utf/i.test(charset)
}

function isAscii(form: URLSearchParams): boolean {
  const text = [...form].flat().join('')
  // a character beyond ASCII has more than one byte in UTF-8
  return Buffer.byteLength(text) === text.length
}
