import type { ServerContext } from '../contract/context.ts'
import type { Visit } from '../contract/visit.ts'
import type { OAuthRequest, OAuthResponse } from '../http.ts'
import type { Browser } from './browser.ts'
import { sealHandle } from './form-handle.ts'
import { inLanguage, page, redirect } from './page.ts'

const maxCodeLength = 64

/**
 * Sends a visitor who is not signed in to the log-in, and from there back to the verification page. A user code goes along
 * as a sealed handle, so that no address of the log-in shows it.
 */
export function logInToVerify<Native>(
  userCode: string | undefined,
  browser: Browser,
  visit: Visit<Native>,
): Promise<OAuthResponse> {
  return logInFirst(returnPath(userCode, browser, visit.context), visit)
}

/** Sends a visitor to the log-in and back to `path`, a path of this server that is never taken from a request. */
export async function logInFirst<Native>(path: string, visit: Visit<Native>): Promise<OAuthResponse> {
  const { request, context } = visit
  const { loginUrl } = context.options
  if (loginUrl === undefined) return page(401, { page: 'login', loginUrl: undefined }, visit)
  const url = loginAddress(loginUrl, inLanguage(path, visit), request)
  // `form-action 'self'` also covers redirects of a form, so a POST gets a page with a link instead of a redirect
  if (request.method === 'POST') return page(401, { page: 'login', loginUrl: url }, visit)
  return redirect(url)
}

function returnPath<Native>(
  userCode: string | undefined,
  browser: Browser,
  { handleKeys, verificationPath }: ServerContext<Native>,
): string {
  if (userCode === undefined) return verificationPath
  const handle = sealHandle(handleKeys, {
    kind: 'code',
    userCode: userCode.slice(0, maxCodeLength),
    browser: browser.id,
  })
  return `${verificationPath}?handle=${handle}`
}

function loginAddress<Native>(
  loginUrl: string | ((returnTo: string, request: OAuthRequest<Native>) => string),
  returnTo: string,
  request: OAuthRequest<Native>,
): string {
  if (typeof loginUrl === 'function') return loginUrl(returnTo, request)
  const [address = '', fragment] = loginUrl.split('#', 2)
  const separator = address.includes('?') ? '&' : '?'
  const hash = fragment === undefined ? '' : `#${fragment}`
  return `${address}${separator}return_to=${encodeURIComponent(returnTo)}${hash}`
}
