import type { ServerContext } from '../contract/context.ts'
import type { User } from '../contract/hook-arguments.ts'
import type { EnterNotice } from '../contract/pages/notices.ts'
import type { PresenterVisit, UserVisit, Visit } from '../contract/visit.ts'
import { parseRequest } from '../form.ts'
import type { Endpoint, OAuthResponse } from '../http.ts'
import { meetsLogIn } from '../policy/log-in.ts'
import { type Browser, browserOf, withCookie } from './browser.ts'
import { confirmPage } from './confirm.ts'
import { decide } from './decide.ts'
import { boundTo, type HandleContent, isFor, openHandle, sealConfirm, sealHandle } from './form-handle.ts'
import { logInAgain, logInToVerify, switchAddress } from './login.ts'
import { readLead } from './navigation.ts'
import { errorPage, inLanguage, page, pageEndpoint, redirect } from './page.ts'
import { claimCode, findCode, findUnanswered, presentCode } from './present-code.ts'
import { isSameOrigin } from './same-origin.ts'
import { findUser } from './visitor.ts'

const known = new Set(['handle', 'user_code', 'action', 'proof', 'own_device'])

/**
 * Answers a GET of the verification page. Leads to the log-in if no user is signed in; otherwise shows the form for the code, or
 * the confirm page if the user came with a code. A GET neither claims nor decides a request.
 * @see {@link https://www.rfc-editor.org/rfc/rfc8628#section-3.3 RFC 8628 section 3.3}
 */
export function showVerification<Native>(context: ServerContext<Native>): Endpoint<Native> {
  return verificationEndpoint(context, async (visit, browser) => {
    const isSignedIn = isByPresenter(visit)
    const { code, confirm, mustType } = readLead(visit, browser, isSignedIn ? visit.user : undefined)
    if (!isSignedIn) return logInToVerify(code, visit, browser)
    if (code !== undefined) return showCode(code, visit)
    if (confirm === undefined) return enterPage(visit, mustType ? 'typeCode' : undefined)
    const credential = await findUnanswered(confirm.id, visit)
    if (credential === undefined) return enterPage(visit, 'unknownCode')
    if (!meetsLogIn(credential, visit.user.authentication)) return logInAgain(confirm.userCode, credential, visit)
    return confirmPage(credential, confirm.userCode, visit)
  })
}

/**
 * POST of the verification page: a typed code, or the decision about a request.
 * @see {@link https://www.rfc-editor.org/rfc/rfc8628#section-3.3 RFC 8628 section 3.3}
 */
export function submitVerification<Native>(context: ServerContext<Native>): Endpoint<Native> {
  return verificationEndpoint(context, async (visit, browser) => {
    if (!isSameOrigin(visit)) return errorPage('crossOrigin', visit)
    const { parameters } = parseRequest(visit.request, known)
    const form = openHandle(context, parameters.get('handle'))
    const typed = parameters.get('user_code')
    if (!isByPresenter(visit)) return logInToVerify(typed ?? codeOf(form), visit, browser)
    switch (parameters.get('action')) {
      case 'continue':
        return submitCode(typed, form, visit)
      case 'approve':
        return decide(true, form, visit)
      case 'deny':
        return decide(false, form, visit)
      default:
        return errorPage('invalidRequest', visit)
    }
  })
}

/** Adds the user, if one is signed in, and the browser's cookie to a page of the verification endpoint. */
function verificationEndpoint<Native>(
  context: ServerContext<Native>,
  respond: (visit: Visit<Native> | PresenterVisit<Native>, browser: Browser) => Promise<OAuthResponse>,
): Endpoint<Native> {
  return pageEndpoint(context, async (visit) => {
    const user = await findUser(visit)
    const browser = browserOf(visit)
    const response = await respond(user === undefined ? visit : presenterVisit(user, browser, visit), browser)
    return withCookie(response, browser, visit)
  })
}

function presenterVisit<Native>(user: User, browser: Browser, visit: Visit<Native>): PresenterVisit<Native> {
  const { subject } = user
  const known = browser.newCookie === undefined
  return { ...visit, user, presenter: { subject, browser: browser.id, known, ip: visit.request.ip } }
}

function isByPresenter<Native>(visit: Visit<Native> | PresenterVisit<Native>): visit is PresenterVisit<Native> {
  return 'presenter' in visit
}

function codeOf(form: HandleContent | undefined): string | undefined {
  return form !== undefined && 'userCode' in form ? form.userCode : undefined
}

const MAX_TYPED_LENGTH = 64

function enterPage<Native>(visit: UserVisit<Native>, notice?: EnterNotice, userCode = ''): Promise<OAuthResponse> {
  const { user, context } = visit
  const handle = sealHandle(context.handleKeys, { kind: 'enter', ...boundTo(user) })
  const { pattern: placeholder, numeric } = context.codes
  const account = user.username ?? user.subject
  const switchUrl = switchAddress(context.verificationPath, visit)
  const kept = userCode.slice(0, MAX_TYPED_LENGTH)
  const selected = notice === 'unknownCode' && kept !== ''
  return page(
    200,
    { page: 'enter', account, switchUrl, handle, userCode: kept, selected, notice, placeholder, numeric },
    visit,
  )
}

/** Answers a link with a code: redirects to an address without the code, so that it leaves the address bar. */
async function showCode<Native>(code: string, visit: PresenterVisit<Native>): Promise<OAuthResponse> {
  const presented = await presentCode(code, findCode, visit)
  if (presented.outcome === 'limited') return errorPage('limited', visit, presented.retryAfter)
  if (presented.outcome === 'unknown') return enterPage(visit, 'unknownCode')
  return redirectToConfirm(presented.credential.id, presented.userCode, visit)
}

/** Answers a typed code: the request is bound to this user and this browser. */
async function submitCode<Native>(
  typed: string | undefined,
  form: HandleContent | undefined,
  visit: PresenterVisit<Native>,
): Promise<OAuthResponse> {
  const { user, context } = visit
  if (form?.kind !== 'enter' || !isFor(form, user)) return enterPage(visit, 'accountChanged', typed)
  if (typed === undefined) return enterPage(visit, 'missingCode')
  const presented = await presentCode(typed, claimCode, visit)
  if (presented.outcome === 'limited') return errorPage('limited', visit, presented.retryAfter)
  if (presented.outcome === 'unknown') return enterPage(visit, 'unknownCode', typed)
  const { id: grantId, clientId } = presented.credential
  context.events.emit('codeFound', { at: context.now(), grantId, clientId, subject: user.subject })
  return redirectToConfirm(grantId, presented.userCode, visit)
}

function redirectToConfirm<Native>(id: string, userCode: string, visit: UserVisit<Native>): OAuthResponse {
  const handle = sealConfirm(id, userCode, visit)
  return redirect(inLanguage(`${visit.context.verificationPath}?handle=${handle}`, visit))
}
