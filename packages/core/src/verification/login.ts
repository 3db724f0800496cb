import type { ServerContext } from '../contract/context.ts'
import type { OAuthRequest, OAuthResponse } from '../http.ts'
import { sealHandle } from './handle.ts'
import { inLanguage, page, redirect } from './page.ts'

const longestCode = 64

/**
 * Log-in first. The code goes along sealed, so that no address of the log-in shows it; the way back is this page
 * and no other.
 */
export async function sendToLogin<Native>(
  userCode: string | undefined,
  request: OAuthRequest<Native>,
  context: ServerContext<Native>,
): Promise<OAuthResponse> {
  return logInFirst(returnTo(userCode, context), request, context)
}

/** Sends to the log-in and back to a path of ours, which is made here and never taken from a request. */
export async function logInFirst<Native>(
  back: string,
  request: OAuthRequest<Native>,
  context: ServerContext<Native>,
): Promise<OAuthResponse> {
  const { loginUrl } = context.options
  if (loginUrl === undefined) return page(401, { page: 'login', loginUrl: undefined }, request, context)
  const url = loginAddress(loginUrl, inLanguage(back, request, context), request)
  // `form-action 'self'` holds for whatever a form is redirected to, as far as the log-in leads: a link is free of it
  if (request.method === 'POST') return page(401, { page: 'login', loginUrl: url }, request, context)
  return redirect(url)
}

function returnTo<Native>(
  userCode: string | undefined,
  { handleKey, verificationPath }: ServerContext<Native>,
): string {
  if (userCode === undefined) return verificationPath
  const handle = sealHandle(handleKey, { kind: 'code', userCode: userCode.slice(0, longestCode) })
  return `${verificationPath}?handle=${handle}`
}

function loginAddress<Native>(
  loginUrl: string | ((returnTo: string, request: OAuthRequest<Native>) => string),
  back: string,
  request: OAuthRequest<Native>,
): string {
  if (typeof loginUrl === 'function') return loginUrl(back, request)
  const [address = '', fragment] = loginUrl.split('#', 2)
  const joint = address.includes('?') ? '&' : '?'
  return `${address}${joint}return_to=${encodeURIComponent(back)}${fragment === undefined ? '' : `#${fragment}`}`
}
