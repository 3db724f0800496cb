import type { ServerContext } from '../contract/context.ts'
import { OAuthError } from '../errors.ts'
import type { Awaitable } from '../http.ts'
import type { Client } from '../protocol.ts'

/** The most resources of one request. */
const MAX_RESOURCES = 10

/** The most characters of one resource. */
const MAX_LENGTH = 512

/** An absolute URI of RFC 3986 without a fragment, and not one that a browser would run or open on this machine. */
const absoluteUri =
  /^(?!(?:javascript|vbscript|data|blob|about|file):)[a-z][a-z\d+.-]*:(?:[\w.~:/?[\]@!$&'()*+,;=-]|%[\da-f]{2})+$/i

/**
 * `true` for an absolute URI without a fragment, by which a resource server can be named.
 * @see {@link https://www.rfc-editor.org/rfc/rfc8707#section-2 RFC 8707 section 2}
 */
export function isResource(text: unknown): text is string {
  if (typeof text !== 'string' || text.length > MAX_LENGTH || !absoluteUri.test(text)) return false
  return !/^https?:/i.test(text) || (/^https?:\/\/[^/?]/i.test(text) && URL.canParse(text))
}

/**
 * Reads the parameter `resource`, which may be repeated. Without the option `resources` it is a parameter that this server does
 * not know, and ignores.
 *
 * @returns Each resource once, in order.
 * @throws {OAuthError} `invalid_target` for one that is no absolute URI or too long, or if there are too many.
 * @see {@link https://www.rfc-editor.org/rfc/rfc8707#section-2 RFC 8707 section 2}
 */
export function readResources<Native>(form: URLSearchParams, { options }: ServerContext<Native>): readonly string[] {
  if (options.resources === undefined || !form.has('resource')) return []
  // an empty parameter counts as omitted
  const resources = [...new Set(form.getAll('resource'))].filter((resource) => resource !== '')
  if (resources.length <= MAX_RESOURCES && resources.every(isResource)) return resources
  throw new OAuthError(
    'invalid_target',
    `resource must be an absolute URI without a fragment, of at most ${MAX_LENGTH} characters; ${MAX_RESOURCES} at most.`,
  )
}

/**
 * The words of the option `resources` for a resource: `''` if the page shows nothing, `undefined` if the client may not ask for it.
 * @throws {TypeError} if the function of the option returns something else.
 */
async function resourceWords<Native>(
  resource: string,
  client: Client,
  { options }: ServerContext<Native>,
): Promise<string | undefined> {
  if (client.resources !== undefined && !client.resources.includes(resource)) return undefined
  const words = (await options.resources?.describe(resource, client)) ?? undefined
  if (words === undefined || typeof words === 'string') return words
  throw new TypeError(
    'Device Auth: the function of the option `resources` must return a text that describes the resource, or undefined.',
  )
}

/**
 * The resources of a device authorization request.
 * @throws {OAuthError} `invalid_target` if the client may not ask for one of them.
 * @see {@link https://www.rfc-editor.org/rfc/rfc8707#section-2.1 RFC 8707 section 2.1}
 */
export async function requestedResources<Native>(
  form: URLSearchParams,
  client: Client,
  context: ServerContext<Native>,
): Promise<readonly string[]> {
  const asked = readResources(form, context)
  const allowed = await allowedResources(asked, client, context)
  if (allowed.length === asked.length) return asked
  throw new OAuthError('invalid_target', 'The client may not ask for this resource.')
}

/**
 * The resources of an access token: those that the token request asks for, else all that were granted; in any case without those
 * that the client may not have any more. They are checked before anything is spent.
 *
 * @param granted - The resources of the grant. A token of a grant with resources never gets the default audience instead.
 * @throws {OAuthError} `invalid_target` if the request asks for one that was not granted, or none is left.
 * @see {@link https://www.rfc-editor.org/rfc/rfc8707#section-2.2 RFC 8707 section 2.2}
 */
export function tokenResources<Native>(
  granted: readonly string[] | undefined,
  form: URLSearchParams,
  client: Client,
  context: ServerContext<Native>,
): Awaitable<readonly string[] | undefined> {
  const asked = requireGranted(granted, form, context)
  if (granted === undefined) return undefined
  return stillAllowed(granted, asked, client, context)
}

async function stillAllowed<Native>(
  granted: readonly string[],
  asked: readonly string[],
  client: Client,
  context: ServerContext<Native>,
): Promise<readonly string[]> {
  const wanted = asked.length === 0 ? granted : asked
  const allowed = await allowedResources(wanted, client, context)
  if (allowed.length > 0 && (asked.length === 0 || allowed.length === asked.length)) return allowed
  throw new OAuthError('invalid_target', 'The client may not have tokens for this resource any more.')
}

/**
 * Checks that the resources of a token request are among those of the grant.
 *
 * @returns The resources that are asked for.
 * @throws {OAuthError} `invalid_target`
 */
export function requireGranted<Native>(
  granted: readonly string[] | undefined,
  form: URLSearchParams,
  context: ServerContext<Native>,
): readonly string[] {
  const asked = readResources(form, context)
  if (asked.every((resource) => granted?.includes(resource) === true)) return asked
  throw new OAuthError(
    'invalid_target',
    'The resource was not asked for at the device authorization endpoint, or not granted.',
  )
}

/** The words for resources on the page, in order; those without words are left out. */
export async function describeResources<Native>(
  resources: readonly string[],
  client: Client,
  context: ServerContext<Native>,
): Promise<readonly string[]> {
  const words = await Promise.all(resources.map((resource) => resourceWords(resource, client, context)))
  return words.flatMap((text) => (text === undefined || text === '' ? [] : [text]))
}

async function allowedResources<Native>(
  resources: readonly string[],
  client: Client,
  context: ServerContext<Native>,
): Promise<readonly string[]> {
  const words = await Promise.all(resources.map((resource) => resourceWords(resource, client, context)))
  return resources.filter((_, index) => words[index] !== undefined)
}
