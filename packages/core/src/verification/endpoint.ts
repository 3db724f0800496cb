import type { ServerContext } from '../contract/context.ts'
import type { User } from '../contract/hooks.ts'
import type { EnterNotice } from '../contract/pages/notices.ts'
import { parseRequest } from '../form.ts'
import type { Endpoint, OAuthRequest, OAuthResponse } from '../http.ts'
import type { Presenter } from '../limits/guesses.ts'
import { browserOf, withCookie } from './browser.ts'
import { confirmPage } from './confirm.ts'
import { decide } from './decide.ts'
import { boundTo, type Handle, isFor, openHandle, sealHandle } from './handle.ts'
import { sendToLogin } from './login.ts'
import { errorPage, failurePage, inLanguage, page, redirect } from './page.ts'
import { checkUser, isSameOrigin, single } from './page-request.ts'
import { claimCode, findCode, presentCode } from './present-code.ts'

const known = new Set(['handle', 'user_code', 'action'])

/**
 * GET of the verification page: log-in first, then a form for the code, then the request. It changes nothing.
 * @see {@link https://www.rfc-editor.org/rfc/rfc8628#section-3.3 RFC 8628 section 3.3}
 */
export function showVerification<Native>(context: ServerContext<Native>): Endpoint<Native> {
  return pageEndpoint(context, async (request, user, presenter) => {
    const handle = openHandle(context.handleKey, single(request.query, 'handle'))
    const code = single(request.query, 'user_code') ?? (handle?.kind === 'code' ? handle.userCode : undefined)
    if (user === undefined || presenter === undefined) return sendToLogin(code ?? codeOf(handle), request, context)
    if (code !== undefined) return showCode(code, user, presenter, request, context)
    if (handle?.kind !== 'confirm') return enterPage(user, request, context)
    // after a switch of accounts the code counts as presented anew
    if (!isFor(handle, user)) return showCode(handle.userCode, user, presenter, request, context)
    const credential = await findCode(presenter, handle.userCode, context)
    if (credential?.id !== handle.id) return enterPage(user, request, context, 'unknownCode')
    return confirmPage(credential, handle.userCode, user, request, context)
  })
}

/** POST of the verification page: a code, or the decision about a request. */
export function submitVerification<Native>(context: ServerContext<Native>): Endpoint<Native> {
  return pageEndpoint(context, async (request, user, presenter) => {
    if (!isSameOrigin(request, context)) return errorPage('crossOrigin', request, context)
    const { parameters } = parseRequest(request, known)
    const handle = openHandle(context.handleKey, parameters.get('handle'))
    const typed = parameters.get('user_code')
    if (user === undefined || presenter === undefined) return sendToLogin(typed ?? codeOf(handle), request, context)
    switch (parameters.get('action')) {
      case 'continue':
        return submitCode(typed, handle, user, presenter, request, context)
      case 'approve':
        return decide(true, handle, user, presenter, request, context)
      case 'deny':
        return decide(false, handle, user, presenter, request, context)
      default:
        return errorPage('invalidRequest', request, context)
    }
  })
}

function pageEndpoint<Native>(
  context: ServerContext<Native>,
  handle: (
    request: OAuthRequest<Native>,
    user: User | undefined,
    presenter: Presenter | undefined,
  ) => Promise<OAuthResponse>,
): Endpoint<Native> {
  return async (request) => {
    try {
      const user = checkUser(await context.hooks.authenticateUser(request))
      const browser = browserOf(request, context)
      const { subject } = user ?? {}
      const presenter =
        subject === undefined
          ? undefined
          : { subject, browser: browser.id, known: browser.cookie === undefined, ip: request.ip }
      return withCookie(await handle(request, user, presenter), browser, request, context)
    } catch (error) {
      return failurePage(error, request, context)
    }
  }
}

function codeOf(handle: Handle | undefined): string | undefined {
  return handle !== undefined && 'userCode' in handle ? handle.userCode : undefined
}

function enterPage<Native>(
  user: User,
  request: OAuthRequest<Native>,
  context: ServerContext<Native>,
  notice?: EnterNotice,
  userCode = '',
): Promise<OAuthResponse> {
  const handle = sealHandle(context.handleKey, { kind: 'enter', ...boundTo(user) })
  const { pattern: placeholder, numeric } = context.codes
  const account = user.username ?? user.subject
  return page(200, { page: 'enter', account, handle, userCode, notice, placeholder, numeric }, request, context)
}

/** A code in a link: on to the clean address of its request, so that the code leaves the address bar. */
async function showCode<Native>(
  code: string,
  user: User,
  presenter: Presenter,
  request: OAuthRequest<Native>,
  context: ServerContext<Native>,
): Promise<OAuthResponse> {
  const presented = await presentCode(code, presenter, findCode, context)
  if (presented.outcome === 'limited') return errorPage('limited', request, context, presented.retryAfter)
  if (presented.outcome === 'unknown') return enterPage(user, request, context, 'unknownCode')
  return toConfirm(presented.credential.id, presented.userCode, user, request, context)
}

/** A code that was typed: it is bound to this user and this browser. */
async function submitCode<Native>(
  typed: string | undefined,
  handle: Handle | undefined,
  user: User,
  presenter: Presenter,
  request: OAuthRequest<Native>,
  context: ServerContext<Native>,
): Promise<OAuthResponse> {
  if (handle?.kind !== 'enter' || !isFor(handle, user))
    return enterPage(user, request, context, 'accountChanged', typed?.slice(0, 64))
  if (typed === undefined) return enterPage(user, request, context, 'missingCode')
  const presented = await presentCode(typed, presenter, claimCode, context)
  if (presented.outcome === 'limited') return errorPage('limited', request, context, presented.retryAfter)
  if (presented.outcome === 'unknown') return enterPage(user, request, context, 'unknownCode')
  const { id: grantId, clientId } = presented.credential
  context.events.emit('codeFound', { at: context.now(), grantId, clientId, subject: user.subject })
  return toConfirm(grantId, presented.userCode, user, request, context)
}

function toConfirm<Native>(
  id: string,
  userCode: string,
  user: User,
  request: OAuthRequest<Native>,
  context: ServerContext<Native>,
): OAuthResponse {
  const handle = sealHandle(context.handleKey, { kind: 'confirm', id, userCode, ...boundTo(user) })
  return redirect(inLanguage(`${context.verificationPath}?handle=${handle}`, request, context))
}
