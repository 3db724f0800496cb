import { OAuthError } from './errors.ts'
import { checkFormHeaders, parseForm } from './form.ts'
import { type BodyKinds, headerValue, type OAuthRequest, type RequestHeaders } from './http.ts'

const formType = 'application/x-www-form-urlencoded'
const jsonType = /^application\/json(?:[ \t]*;[ \t]*charset=("?)utf-?8\1)?(?:[ \t]*;)?[ \t]*$/i

/** The headers of a form in place of those of a JSON body; other headers stay as they are. */
function asFormHeaders(headers: RequestHeaders): RequestHeaders {
  return jsonType.test(headerValue(headers, 'content-type') ?? '') ? { ...headers, 'content-type': formType } : headers
}

/** A request with a JSON body, as the same request with a form; other requests stay as they are. */
export function asFormRequest<Native>(request: OAuthRequest<Native>): OAuthRequest<Native> {
  const headers = asFormHeaders(request.headers)
  return headers === request.headers ? request : { ...request, headers }
}

/**
 * The function that parses the body that the headers announce.
 *
 * @param kinds - The kinds of bodies that the endpoint reads.
 * @returns `undefined` for a body that must not be read.
 */
export function bodyParser(
  headers: RequestHeaders,
  { readsJson, readsText }: BodyKinds,
): ((text: string) => URLSearchParams) | undefined {
  if (readsText !== undefined) return hasType(headers, readsText) ? parseText : undefined
  if (checkFormHeaders(headers) === undefined) return parseForm
  return readsJson && checkFormHeaders(asFormHeaders(headers)) === undefined ? parseJson : undefined
}

/** True if the headers announce a body of this type, in UTF-8 and not compressed. */
function hasType(headers: RequestHeaders, type: string): boolean {
  const [given = '', ...parameters] = (headerValue(headers, 'content-type') ?? '').toLowerCase().split(';')
  const isUtf8 = parameters.every((one) => /^\s*(?:charset="?utf-?8"?\s*)?$/.test(one))
  const encoding = headerValue(headers, 'content-encoding')?.toLowerCase() ?? 'identity'
  return given.trim() === type && isUtf8 && encoding === 'identity'
}

/**
 * Keeps a text as it is: as the parameter `body`.
 *
 * @throws {OAuthError} `invalid_request` for bytes that are not UTF-8.
 */
export function parseText(text: string): URLSearchParams {
  if (text.includes('\ufffd')) throw new OAuthError('invalid_request', 'The body is not in UTF-8.')
  return new URLSearchParams([['body', text]])
}

/** The error for a body that is announced as JSON and is no object. */
export function notJsonObject(): OAuthError {
  return new OAuthError('invalid_request', 'The body is not a JSON object in UTF-8.')
}

/**
 * Reads a JSON object as a form: its texts, and the texts in its arrays, which count as a repeated parameter. Other values
 * are no parameters. An empty body is an empty form, as it is behind the body parsers of the frameworks.
 *
 * @throws {OAuthError} `invalid_request` if the text is not an object in UTF-8, or has a member twice.
 */
function parseJson(text: string): URLSearchParams {
  if (text === '') return new URLSearchParams()
  const content = text.includes('\ufffd') ? undefined : parseObject(text)
  if (content === undefined) throw notJsonObject()
  const entries = Object.entries(content)
  if (countMembers(text) !== entries.length) throw new OAuthError('invalid_request', 'A parameter is repeated.')
  const form = new URLSearchParams()
  for (const [name, value] of entries) {
    for (const one of Array.isArray(value) ? value : [value]) if (typeof one === 'string') form.append(name, one)
  }
  return form
}

function parseObject(text: string): object | undefined {
  try {
    const content: unknown = JSON.parse(text)
    return typeof content === 'object' && content !== null && !Array.isArray(content) ? content : undefined
  } catch {
    return undefined
  }
}

/** Counts the members of a well-formed object as they were sent: of those with one name, JSON.parse keeps the last. */
function countMembers(text: string): number {
  let depth = 0
  let members = 0
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"|[{}[\]:]/g)) {
    if (token === '{' || token === '[') depth++
    else if (token === '}' || token === ']') depth--
    else if (token === ':' && depth === 1) members++
  }
  return members
}

/** The most levels of objects and lists in each other: more than a key set needs. */
const MAX_DEPTH = 8

/**
 * Reads a JSON object with nested values. A member that is given twice is refused at any level, because two readers may take
 * different ones.
 *
 * @returns The reason why the text is refused, or the object.
 */
export function readNestedObject(text: string): string | Readonly<Record<string, unknown>> {
  const content = parseObject(text)
  if (content === undefined) return 'The body is not a JSON object.'
  const levels: (Set<string> | undefined)[] = []
  for (const [token, colon] of jsonTokens(text)) {
    if (token === '{' || token === '[') levels.push(token === '{' ? new Set() : undefined)
    else if (token === '}' || token === ']') levels.pop()
    else if (colon && levels.at(-1)?.has(token)) return 'The body has a member twice.'
    else if (colon) levels.at(-1)?.add(token)
    if (levels.length > MAX_DEPTH) return `The body has more than ${MAX_DEPTH} levels.`
  }
  return Object.fromEntries(Object.entries(content))
}

/** The brackets and texts of well-formed JSON in their order; the name of a member is followed by a colon. */
function* jsonTokens(text: string): Generator<readonly [token: string, colon: boolean]> {
  for (const [, quoted, colon, bracket = ''] of text.matchAll(/("(?:[^"\\]|\\.)*")(\s*:)?|([{}[\]])/g)) {
    yield quoted === undefined ? [bracket, false] : [String(JSON.parse(quoted)), colon !== undefined]
  }
}
