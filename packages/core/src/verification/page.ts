import type { ServerContext } from '../contract/context.ts'
import type { PageBase, PageContent, PageEndpoint } from '../contract/pages/model.ts'
import type { PageError } from '../contract/pages/notices.ts'
import type { ResolvedPages } from '../contract/pages/options.ts'
import type { UserVisit, Visit } from '../contract/visit.ts'
import { randomToken } from '../crypto/random.ts'
import { isOAuthError, RETRY_AFTER } from '../errors.ts'
import type { Endpoint, OAuthResponse } from '../http.ts'
import { chooseMessages, keepLanguage } from '../pages/language.ts'
import { renderPage } from '../pages/render.ts'
import { isTransient } from '../time-limit.ts'
import { contentPolicy } from './content-policy.ts'

/**
 * Makes the endpoint of a page: whatever `respond` throws becomes an error page. A request that is one too many in this
 * process is refused.
 */
export function pageEndpoint<Native>(
  context: ServerContext<Native>,
  respond: (visit: Visit<Native>) => Promise<OAuthResponse>,
): Endpoint<Native> {
  const { traffic } = context
  return async (request) => {
    const visit = { request, context }
    const endpoint = endpointOf(visit)
    if (!traffic.enter(endpoint, request)) return traffic.finish(overloadPage(visit))
    try {
      return traffic.finish(await respond(visit))
    } catch (error) {
      return traffic.finish(failurePage(error, visit))
    } finally {
      traffic.leave(endpoint)
    }
  }
}

/**
 * The headers of every page, error pages included.
 * @see {@link https://www.rfc-editor.org/rfc/rfc9700#section-4.16 RFC 9700 section 4.16}
 */
function pageHeaders(
  body: string,
  base: PageBase,
  { headers, contentSources }: ResolvedPages,
  content?: PageContent,
): Record<string, string> {
  return {
    ...headers,
    'content-type': 'text/html; charset=utf-8',
    'content-language': base.messages.language,
    vary: 'Accept-Language',
    'content-length': String(Buffer.byteLength(body)),
    'content-security-policy': contentPolicy(base, content, contentSources),
    'x-frame-options': 'DENY',
    'cross-origin-opener-policy': 'same-origin',
    'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=()',
    'x-content-type-options': 'nosniff',
    ...privateHeaders,
  }
}

/**
 * `same-origin` tells other sites as little as `no-referrer` does. But under `no-referrer` browsers send our own forms with
 * `Origin: null`, which cannot be told from a form of another site where `Sec-Fetch-Site` is missing (plain http, old proxies).
 */
const privateHeaders = { 'cache-control': 'no-store', pragma: 'no-cache', 'referrer-policy': 'same-origin' }

/** Renders a page by the hook `renderPage`. */
export async function page<Native>(
  status: number,
  content: PageContent,
  visit: Visit<Native>,
  headers: Readonly<Record<string, string>> = {},
): Promise<OAuthResponse> {
  const base = pageBase(visit)
  const body = await visit.context.hooks.renderPage({ ...content, ...base }, visit.request)
  // of a template that failed quietly, a user would see a blank page
  if (typeof body !== 'string' || body === '')
    throw new TypeError('Device Auth: the hook `renderPage` must return the HTML of the page, a non-empty string.')
  return { status, headers: { ...pageHeaders(body, base, visit.context.options.pages, content), ...headers }, body }
}

function pageBase<Native>(visit: Visit<Native>): PageBase {
  const { request, context } = visit
  const { pages } = context.options
  const path = endpointOf(visit) === 'devices' ? context.devicesPath : context.verificationPath
  return {
    nonce: randomToken(),
    action: inLanguage(path, visit),
    messages: chooseMessages(request, pages.offered),
    theme: pages.theme,
  }
}

/** Adds to a path of this server the language that the visited address asks for. */
export function inLanguage<Native>(path: string, { request, context }: Visit<Native>): string {
  return keepLanguage(path, request, context.options.pages.offered)
}

/** An address on a page: a path of this server, which a page on another origin needs with the origin in front. */
export function addressFor<Native>(address: string, { origin, context }: UserVisit<Native>): string {
  const isElsewhere = origin !== undefined && origin !== context.verificationOrigin
  return isElsewhere ? new URL(address, context.verificationOrigin).href : address
}

/** The page that a visit is for. */
export function endpointOf<Native>({ request, context }: Visit<Native>): PageEndpoint {
  return request.path === context.options.paths.devices ? 'devices' : 'verification'
}

/**
 * Redirects with 303, so that the browser never sends the form it has just posted a second time.
 * @see {@link https://www.rfc-editor.org/rfc/rfc9700#section-4.12 RFC 9700 section 4.12}
 */
export function redirect(location: string): OAuthResponse {
  return { status: 303, headers: { location, 'content-length': '0', ...privateHeaders }, body: '' }
}

const statuses: Readonly<Record<PageError, number>> = {
  invalidRequest: 400,
  crossOrigin: 403,
  alreadyAnswered: 409,
  notFound: 404,
  limited: 429,
  refused: 403,
  refusedNetwork: 403,
  unavailable: 503,
  failed: 500,
}

/** Shows an error page. `retryAfter` is in seconds. */
export function errorPage<Native>(error: PageError, visit: Visit<Native>, retryAfter?: number): Promise<OAuthResponse> {
  return show(errorContent(error, visit, retryAfter), visit)
}

/** An error page as data. `retryAfter` is in seconds. */
export function errorContent<Native>(
  error: PageError,
  visit: Visit<Native>,
  retryAfter?: number,
): PageContent<'error'> {
  return { page: 'error', error, endpoint: endpointOf(visit), retryAfter }
}

/** Shows a page with the status that belongs to it. */
export function show<Native>(content: PageContent, visit: Visit<Native>): Promise<OAuthResponse> {
  return page(statusOf(content), content, visit, retryHeaders(content))
}

/** The HTTP status of a page: of an error that of the error, and 403 if an approval came without its proof. */
export function statusOf(content: PageContent): number {
  if (content.page === 'error') return statuses[content.error]
  if (content.page === 'login') return 401
  return content.page === 'confirm' && content.proof?.failed === true ? 403 : 200
}

export function retryHeaders(content: PageContent): Record<string, string> {
  return content.page === 'error' ? retryAfterHeader(content.retryAfter) : {}
}

function retryAfterHeader(seconds: number | undefined): Record<string, string> {
  return seconds === undefined ? {} : { 'retry-after': String(seconds) }
}

/** The page for whatever was thrown. The application is told of it, unless the request itself was at fault. */
function failurePage<Native>(error: unknown, visit: Visit<Native>): OAuthResponse {
  if (isOAuthError(error) && error.status < 500) return builtInError('invalidRequest', visit, error.status)
  const endpoint = endpointOf(visit)
  visit.context.fail(endpoint, error, { endpoint, native: visit.request.native })
  return isTransient(error) ? builtInError('unavailable', visit, 503, RETRY_AFTER) : builtInError('failed', visit, 500)
}

/** The page for a request that is one too many in this process. */
function overloadPage<Native>(visit: Visit<Native>): OAuthResponse {
  const { events, now } = visit.context
  events.emit('limited', { at: now(), limit: 'load', ip: visit.request.ip })
  return builtInError('unavailable', visit, 503, RETRY_AFTER)
}

/** Renders an error page without the hook `renderPage`, because that hook may be what failed. */
function builtInError<Native>(
  error: PageError,
  visit: Visit<Native>,
  status: number,
  retryAfter?: number,
): OAuthResponse {
  const base = pageBase(visit)
  const body = renderPage({ page: 'error', error, endpoint: endpointOf(visit), retryAfter, ...base })
  return {
    status,
    headers: { ...pageHeaders(body, base, visit.context.options.pages), ...retryAfterHeader(retryAfter) },
    body,
  }
}
