import type { ServerContext } from '../contract/context.ts'
import type { PageBase, PageEndpoint, PageModel } from '../contract/pages/model.ts'
import type { PageError } from '../contract/pages/notices.ts'
import type { Visit } from '../contract/visit.ts'
import { randomToken } from '../crypto/random.ts'
import { isOAuthError, RETRY_AFTER } from '../errors.ts'
import type { Endpoint, OAuthResponse } from '../http.ts'
import { chooseMessages, keepLanguage } from '../pages/language.ts'
import { renderPage } from '../pages/render.ts'
import { imageSource } from '../pages/theme.ts'
import { isTransient } from '../time-limit.ts'

type Distribute<T> = T extends unknown ? Omit<T, keyof PageBase> : never
/** The members of a page that differ from page to page. */
export type PageContent = Distribute<PageModel>

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
    if (!traffic.enter(endpointOf(visit))) return traffic.finish(overloadPage(visit))
    try {
      return traffic.finish(await respond(visit))
    } catch (error) {
      return traffic.finish(failurePage(error, visit))
    } finally {
      traffic.leave()
    }
  }
}

/**
 * The headers of every page, error pages included.
 * @see {@link https://www.rfc-editor.org/rfc/rfc9700#section-4.16 RFC 9700 section 4.16}
 */
function pageHeaders(body: string, { nonce, messages }: PageBase, sources: string): Record<string, string> {
  return {
    'content-type': 'text/html; charset=utf-8',
    'content-language': messages.language,
    vary: 'Accept-Language',
    'content-length': String(Buffer.byteLength(body)),
    'content-security-policy': `default-src 'none'; style-src 'nonce-${nonce}';${sources} form-action 'self'; frame-ancestors 'none'; base-uri 'none'`,
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

/** The `img-src` directive: the application's logo, and on the confirm page the origin of the client's logo. */
function imageDirective({ theme }: PageBase, content?: PageContent): string {
  const clientLogo = content?.page === 'confirm' ? content.request.clientLogo : undefined
  const sources = theme.logo === undefined ? [] : [imageSource(theme.logo)]
  if (clientLogo !== undefined) sources.push(new URL(clientLogo).origin)
  return sources.length === 0 ? '' : ` img-src ${sources.join(' ')};`
}

/** The `script-src` directive of a page whose proof has a script, and of one that selects a wrong code; no other page may run one. */
function scriptDirective({ nonce }: PageBase, content: PageContent): string {
  const hasScript =
    (content.page === 'enter' && content.selected === true) ||
    (content.page === 'confirm' && content.proof?.script !== undefined) ||
    (content.page === 'devices' && content.proofs?.add !== undefined)
  return hasScript ? ` script-src 'nonce-${nonce}';` : ''
}

/** Renders a page by the hook `renderPage`. */
export async function page<Native>(
  status: number,
  content: PageContent,
  visit: Visit<Native>,
  headers: Readonly<Record<string, string>> = {},
): Promise<OAuthResponse> {
  const base = pageBase(visit)
  const body = await visit.context.hooks.renderPage({ ...content, ...base })
  const sources = imageDirective(base, content) + scriptDirective(base, content)
  return { status, headers: { ...pageHeaders(body, base, sources), ...headers }, body }
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
  const content = { page: 'error', error, endpoint: endpointOf(visit), retryAfter } as const
  return page(statuses[error], content, visit, retryAfterHeader(retryAfter))
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
    headers: { ...pageHeaders(body, base, imageDirective(base)), ...retryAfterHeader(retryAfter) },
    body,
  }
}
