import { isDeepStrictEqual } from 'node:util'
import type { ServerContext } from '../contract/context.ts'
import type { AuthorizationDetail, AuthorizationDetailType } from '../contract/target.ts'
import { OAuthError } from '../errors.ts'
import { isStorable } from '../foreign-text.ts'
import type { Client } from '../protocol.ts'

/** The most characters of the parameter. */
const MAX_LENGTH = 4096

/** The most details of one request. */
const MAX_DETAILS = 10

/** The most objects and lists inside one another, the list of details included. */
const MAX_DEPTH = 8

/** The most characters of the words for one detail. */
const MAX_WORDS = 500

const textLists = ['locations', 'actions', 'datatypes', 'privileges']

/** The parameter that token requests may have, if the server knows authorization details. */
export function detailParameters<Native>({ options }: ServerContext<Native>): readonly string[] {
  return options.authorizationDetails === undefined ? [] : ['authorization_details']
}

/**
 * Reads the parameter `authorization_details`. Without the option of that name it is a parameter that this server does not know.
 *
 * @throws {OAuthError} `invalid_authorization_details` for what is not JSON, or exceeds the bounds.
 * @see {@link https://www.rfc-editor.org/rfc/rfc9396#section-2 RFC 9396 section 2}
 * @see {@link https://www.rfc-editor.org/rfc/rfc9396#section-5 RFC 9396 section 5}
 */
export function readDetails<Native>(
  parameters: ReadonlyMap<string, string>,
  { options }: ServerContext<Native>,
): readonly AuthorizationDetail[] | undefined {
  const text = options.authorizationDetails === undefined ? undefined : parameters.get('authorization_details')
  if (text === undefined) return undefined
  if (text.length > MAX_LENGTH) throw invalid(`authorization_details may have ${MAX_LENGTH} characters.`)
  const details = parseJson(text)
  if (!Array.isArray(details) || details.length === 0 || details.length > MAX_DETAILS)
    throw invalid(`authorization_details must be a list of 1 to ${MAX_DETAILS} objects.`)
  if (!isBounded(details, MAX_DEPTH))
    throw invalid('authorization_details has a text, a number or a name that cannot be kept, or is nested too deeply.')
  return details.map(checkDetail)
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw invalid('authorization_details is not JSON.')
  }
}

/** `true` if the value is the same after it was stored, whatever the database: the user decides about what is shown, not about what is kept. */
function isBounded(value: unknown, depth: number): boolean {
  if (typeof value === 'string') return isStorable(value)
  if (typeof value === 'number') return Number.isInteger(value) ? Number.isSafeInteger(value) : Number.isFinite(value)
  if (typeof value !== 'object' || value === null) return true
  if (depth === 0) return false
  return Object.entries(value).every(
    ([name, member]) => name !== '__proto__' && isStorable(name) && isBounded(member, depth - 1),
  )
}

/** @see {@link https://www.rfc-editor.org/rfc/rfc9396#section-2.2 RFC 9396 section 2.2} */
function checkDetail(detail: unknown): AuthorizationDetail {
  if (!isDetail(detail)) throw invalid('Each of authorization_details must be an object with a type.')
  for (const name of textLists) {
    const list = detail[name]
    if (list !== undefined && !(Array.isArray(list) && list.every((one) => typeof one === 'string')))
      throw invalid('locations, actions, datatypes and privileges must be lists of texts.')
  }
  if (detail.identifier === undefined || typeof detail.identifier === 'string') return detail
  throw invalid('identifier must be a text.')
}

function isDetail(value: unknown): value is AuthorizationDetail {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string'
}

function invalid(description: string): OAuthError {
  return new OAuthError('invalid_authorization_details', description)
}

/** The type of a detail, if the client may ask for it. */
function typeOf<Native>(
  { type }: AuthorizationDetail,
  { authorization_details_types: own }: Client,
  { options }: ServerContext<Native>,
): AuthorizationDetailType | undefined {
  return own === undefined || own.includes(type) ? options.authorizationDetails?.get(type) : undefined
}

/**
 * The details of a device authorization request, each accepted by the function of its type.
 *
 * @throws {OAuthError} `invalid_authorization_details`
 * @see {@link https://www.rfc-editor.org/rfc/rfc9396#section-3 RFC 9396 section 3}
 */
export async function requestedDetails<Native>(
  parameters: ReadonlyMap<string, string>,
  client: Client,
  context: ServerContext<Native>,
): Promise<readonly AuthorizationDetail[] | undefined> {
  const details = readDetails(parameters, context)
  for (const detail of details ?? []) {
    const type = typeOf(detail, client, context)
    if (type === undefined) throw invalid('The client may not ask for this type of authorization_details.')
    if ((await type.validate(detail, client)) !== true) throw invalid('A value of authorization_details is wrong.')
  }
  return details
}

/**
 * The details of an access token: those that the token request asks for, else all that were granted; without those of a type that the
 * client may not have any more.
 *
 * @throws {OAuthError} `invalid_authorization_details` if the request asks for one that was not granted as it is.
 * @see {@link https://www.rfc-editor.org/rfc/rfc9396#section-6 RFC 9396 section 6}
 */
export function tokenDetails<Native>(
  granted: readonly AuthorizationDetail[] | undefined,
  parameters: ReadonlyMap<string, string>,
  client: Client,
  context: ServerContext<Native>,
): readonly AuthorizationDetail[] | undefined {
  const asked = requireGrantedDetails(granted, parameters, context)
  return (asked ?? granted)?.filter((detail) => typeOf(detail, client, context) !== undefined)
}

/**
 * Checks that the details of a token request are among those of the grant.
 *
 * @throws {OAuthError} `invalid_authorization_details`
 */
export function requireGrantedDetails<Native>(
  granted: readonly AuthorizationDetail[] | undefined,
  parameters: ReadonlyMap<string, string>,
  context: ServerContext<Native>,
): readonly AuthorizationDetail[] | undefined {
  const asked = readDetails(parameters, context)
  if (asked?.every((detail) => granted?.some((one) => isDeepStrictEqual(one, detail)) === true) !== false) return asked
  throw invalid('These authorization_details were not asked for at the device authorization endpoint, or not granted.')
}

/**
 * The words for details on the page, in order.
 * @throws {TypeError} if a type has no words, or too many: users must not approve what they do not see.
 */
export function describeDetails<Native>(
  details: readonly AuthorizationDetail[],
  client: Client,
  context: ServerContext<Native>,
): Promise<readonly string[]> {
  return Promise.all(
    details.map(async (detail) => {
      const words = await typeOf(detail, client, context)?.describe(detail, client)
      if (typeof words === 'string' && words !== '' && words.length <= MAX_WORDS) return words
      throw new TypeError(
        `Device Auth: the option \`authorizationDetails\` must describe each detail of type ${detail.type} in words: 1 to ${MAX_WORDS} characters.`,
      )
    }),
  )
}
