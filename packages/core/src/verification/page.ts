import type { ServerContext } from '../contract/context.ts'
import type { PageBase, PageEndpoint, PageModel } from '../contract/pages/model.ts'
import type { PageError } from '../contract/pages/notices.ts'
import { randomToken } from '../crypto/random.ts'
import { isOAuthError, RETRY_AFTER } from '../errors.ts'
import { isTransient } from '../guard.ts'
import type { OAuthRequest, OAuthResponse } from '../http.ts'
import { chooseMessages, keepLanguage } from '../pages/language.ts'
import { renderPage } from '../pages/render.ts'
import { imageSource } from '../pages/theme.ts'

type Distribute<T> = T extends unknown ? Omit<T, keyof PageBase> : never
/** A page without what every page has. */
export type PageContent = Distribute<PageModel>

/**
 * The headers of every page, errors too. Each is a row of OWASP's and of RFC 9700's advice.
 * @see {@link https://www.rfc-editor.org/rfc/rfc9700#section-4.16 RFC 9700 section 4.16}
 */
function pageHeaders(body: string, { nonce, messages }: PageBase, images: string): Record<string, string> {
  return {
    'content-type': 'text/html; charset=utf-8',
    'content-language': messages.language,
    vary: 'Accept-Language',
    'content-length': String(Buffer.byteLength(body)),
    'content-security-policy': `default-src 'none'; style-src 'nonce-${nonce}';${images} form-action 'self'; frame-ancestors 'none'; base-uri 'none'`,
    'x-frame-options': 'DENY',
    'cross-origin-opener-policy': 'same-origin',
    'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=()',
    'x-content-type-options': 'nosniff',
    ...common,
  }
}

/** Which images a page may load: the application's logo and, of another's, what its origin serves. */
function images({ theme }: PageBase, content?: PageContent): string {
  const logo = content?.page === 'confirm' ? content.request.clientLogo : undefined
  const sources = theme.logo === undefined ? [] : [imageSource(theme.logo)]
  if (logo !== undefined) sources.push(new URL(logo).origin)
  return sources.length === 0 ? '' : ` img-src ${sources.join(' ')};`
}

const common = { 'cache-control': 'no-store', pragma: 'no-cache', 'referrer-policy': 'no-referrer' }

/** A page, by the `renderPage` hook. */
export async function page<Native>(
  status: number,
  content: PageContent,
  request: OAuthRequest<Native>,
  context: ServerContext<Native>,
  headers: Readonly<Record<string, string>> = {},
): Promise<OAuthResponse> {
  const base = pageBase(request, context)
  const body = await context.hooks.renderPage({ ...content, ...base })
  return { status, headers: { ...pageHeaders(body, base, images(base, content)), ...headers }, body }
}

function pageBase<Native>(request: OAuthRequest<Native>, context: ServerContext<Native>): PageBase {
  const { pages } = context.options
  return {
    nonce: randomToken(),
    action: inLanguage(
      endpointOf(request, context) === 'devices' ? context.devicesPath : context.verificationPath,
      request,
      context,
    ),
    messages: chooseMessages(request, pages.offered),
    theme: pages.theme,
  }
}

/** A path of ours, in the language that the present address asks for. */
export function inLanguage<Native>(
  path: string,
  request: OAuthRequest<Native>,
  { options }: ServerContext<Native>,
): string {
  return keepLanguage(path, request, options.pages.offered)
}

function endpointOf<Native>({ path }: OAuthRequest<Native>, { options }: ServerContext<Native>): PageEndpoint {
  return path === options.paths.devices ? 'devices' : 'verification'
}

/** A redirect that never repeats the form it answers. @see {@link https://www.rfc-editor.org/rfc/rfc9700#section-4.12 RFC 9700 section 4.12} */
export function redirect(location: string): OAuthResponse {
  return { status: 303, headers: { location, 'content-length': '0', ...common }, body: '' }
}

const statuses: Readonly<Record<PageError, number>> = {
  invalidRequest: 400,
  crossOrigin: 403,
  alreadyAnswered: 409,
  notFound: 404,
  limited: 429,
  refused: 403,
  unavailable: 503,
  failed: 500,
}

/** A page that says what went wrong. */
export function errorPage<Native>(
  error: PageError,
  request: OAuthRequest<Native>,
  context: ServerContext<Native>,
  retryAfter?: number,
): Promise<OAuthResponse> {
  const headers: Record<string, string> = retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) }
  const endpoint = endpointOf(request, context)
  return page(statuses[error], { page: 'error', error, endpoint, retryAfter }, request, context, headers)
}

/** The page for whatever was thrown; tells the application unless the request was at fault. */
export async function failurePage<Native>(
  error: unknown,
  request: OAuthRequest<Native>,
  context: ServerContext<Native>,
): Promise<OAuthResponse> {
  if (isOAuthError(error) && error.status < 500) return builtInError('invalidRequest', request, context, error.status)
  const endpoint = endpointOf(request, context)
  context.fail(endpoint, error, { endpoint, native: request.native })
  return isTransient(error)
    ? builtInError('unavailable', request, context, 503, RETRY_AFTER)
    : builtInError('failed', request, context, 500)
}

/** Built in, because the hook that renders pages may be what failed. */
function builtInError<Native>(
  error: PageError,
  request: OAuthRequest<Native>,
  context: ServerContext<Native>,
  status: number,
  retryAfter?: number,
): OAuthResponse {
  const base = pageBase(request, context)
  const body = renderPage({ page: 'error', error, endpoint: endpointOf(request, context), retryAfter, ...base })
  const wait: Record<string, string> = retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) }
  return { status, headers: { ...pageHeaders(body, base, images(base)), ...wait }, body }
}
