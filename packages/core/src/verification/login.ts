import type { ServerContext } from '../contract/context.ts'
import type { DeviceAuthOptions } from '../contract/options.ts'
import type { PageContent } from '../contract/pages/model.ts'
import type { DeviceCredential } from '../contract/store.ts'
import type { LoginRequirement } from '../contract/target.ts'
import type { PresenterVisit, Visit } from '../contract/visit.ts'
import type { OAuthRequest, OAuthResponse } from '../http.ts'
import type { Browser } from './browser.ts'
import { sealHandle } from './form-handle.ts'
import { addressFor, endpointOf, inLanguage, page, redirect } from './page.ts'

const MAX_CODE_LENGTH = 64

/**
 * Sends a visitor who is not signed in to the log-in, and from there back to the verification page. A user code goes along
 * as a sealed handle, so that no address of the log-in shows it.
 */
export function logInToVerify<Native>(
  userCode: string | undefined,
  visit: Visit<Native>,
  browser: Browser,
): Promise<OAuthResponse> {
  return logInFirst(returnPath(userCode, browser.id, visit.context), visit, browser)
}

/**
 * Sends a user to the log-in once more, because the log-in is not as fresh or as strong as the device asks, and from there back to
 * the request. A browser that comes back for the third time within a minute gets a page with a link instead.
 */
export async function logInAgain<Native>(
  userCode: string,
  credential: DeviceCredential,
  visit: PresenterVisit<Native>,
): Promise<OAuthResponse> {
  const { request, presenter, context } = visit
  const content = logInAgainContent(userCode, credential, visit)
  const { loginUrl } = content
  const isLoop = request.method === 'POST' || context.logInLoops.isLoop(`${presenter.browser} again`, context.now())
  return loginUrl === undefined || isLoop ? page(401, content, visit) : redirect(loginUrl)
}

/** The page that asks a user to log in once more, with a link. */
export function logInAgainContent<Native>(
  userCode: string,
  { target }: DeviceCredential,
  visit: PresenterVisit<Native>,
): PageContent<'login'> {
  const { request, presenter, context } = visit
  const { loginUrl } = context.options
  if (loginUrl === undefined) return { page: 'login', loginUrl }
  const path = inLanguage(returnPath(userCode, presenter.browser, context), visit)
  return { page: 'login', loginUrl: addressFor(loginAddress(loginUrl, path, request, target?.login), visit) }
}

/**
 * Sends a visitor to the log-in and back to `path`, a path of this server that is never taken from a request. A browser that
 * comes back without a user for the second time within a minute gets a page with a link instead: it would go round for ever.
 */
export async function logInFirst<Native>(path: string, visit: Visit<Native>, browser: Browser): Promise<OAuthResponse> {
  const { request, context } = visit
  const { loginUrl } = context.options
  if (loginUrl === undefined) return page(401, { page: 'login', loginUrl: undefined }, visit)
  const url = loginAddress(loginUrl, inLanguage(path, visit), request)
  // `form-action 'self'` also covers redirects of a form, so a POST gets a page with a link instead of a redirect
  const isLoop = request.method !== 'POST' && context.logInLoops.isLoop(browser.id, context.now())
  if (isLoop) reportLoop(visit)
  if (isLoop || request.method === 'POST') return page(401, { page: 'login', loginUrl: url }, visit)
  return redirect(url)
}

function reportLoop<Native>(visit: Visit<Native>): void {
  const { request, context } = visit
  if (!context.logInLoops.isFirst()) return
  const endpoint = endpointOf(visit)
  context.fail('authenticateUser', new Error(loopMessage), { endpoint, native: request.native })
}

const loopMessage =
  'Device Auth: a browser came back from `loginUrl` twice within a minute, and the hook `authenticateUser` found no user. ' +
  'Mount the session middleware (and `passport.session()`, if you use Passport) before the router of Device Auth, and let the ' +
  'hook `authenticateUser` return the user of that session. This is reported once.'

/**
 * The address where the user changes to another account and comes back to `path`, a path of this server that is never taken from a
 * request; `undefined` without the option `switchAccountUrl`.
 */
export function switchAddress<Native>(path: string, visit: Visit<Native>): string | undefined {
  const { switchAccountUrl } = visit.context.options
  return switchAccountUrl === undefined
    ? undefined
    : loginAddress(switchAccountUrl, inLanguage(path, visit), visit.request)
}

/** The path of the verification page that goes on with a code, in this browser only. The code is in a sealed handle. */
export function returnPath<Native>(
  userCode: string | undefined,
  browser: string,
  { handleKeys, verificationPath }: ServerContext<Native>,
): string {
  if (userCode === undefined) return verificationPath
  const handle = sealHandle(handleKeys, {
    kind: 'code',
    userCode: userCode.slice(0, MAX_CODE_LENGTH),
    browser,
  })
  return `${verificationPath}?handle=${handle}`
}

function loginAddress<Native>(
  loginUrl: NonNullable<DeviceAuthOptions<Native>['loginUrl']>,
  returnTo: string,
  request: OAuthRequest<Native>,
  required?: LoginRequirement,
): string {
  if (typeof loginUrl === 'function') return loginUrl(returnTo, request, required)
  const [address = '', fragment] = loginUrl.split('#', 2)
  const separator = address.includes('?') ? '&' : '?'
  const hash = fragment === undefined ? '' : `#${fragment}`
  return `${address}${separator}return_to=${encodeURIComponent(returnTo)}${requirementQuery(required)}${hash}`
}

/** The log-in that the device asks for, as parameters for the log-in page. */
function requirementQuery({ acrValues, maxAge, prompt }: LoginRequirement = {}): string {
  const query = new URLSearchParams()
  if (acrValues !== undefined) query.set('acr_values', acrValues.join(' '))
  if (maxAge !== undefined) query.set('max_age', String(maxAge))
  if (prompt !== undefined) query.set('prompt', prompt)
  return query.size === 0 ? '' : `&${query}`
}
