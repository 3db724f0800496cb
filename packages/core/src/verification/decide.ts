import type { CountedAttempt } from '../contract/attempts.ts'
import type { RefusalReason } from '../contract/events.ts'
import type { ConfirmNotice } from '../contract/pages/notices.ts'
import type { DeviceCredential, UserGrant } from '../contract/store.ts'
import type { PresenterVisit, UserVisit } from '../contract/visit.ts'
import { randomToken } from '../crypto/random.ts'
import type { OAuthResponse } from '../http.ts'
import { takeApproval } from '../limits/approvals.ts'
import { judgeApproval } from '../policy/approval-rules.ts'
import { shownNumber } from '../policy/number-matching.ts'
import type { Client } from '../protocol.ts'
import { intersectScope } from '../scope.ts'
import { clientName, confirmPage, mayNarrow } from './confirm.ts'
import { type HandleContent, isFor, sealHandle } from './form-handle.ts'
import { errorPage, inLanguage, page, redirect } from './page.ts'
import { findAndClaim } from './present-code.ts'
import { pendingApproval } from './proof.ts'
import { storeDecision } from './store-decision.ts'

type ConfirmForm = Extract<HandleContent, { kind: 'confirm' }>

/**
 * Carries out the user's decision about the request that the form was made for.
 * @see {@link https://www.rfc-editor.org/rfc/rfc8628#section-3.3 RFC 8628 section 3.3}
 */
export async function decide<Native>(
  approved: boolean,
  form: HandleContent | undefined,
  visit: PresenterVisit<Native>,
): Promise<OAuthResponse> {
  const { user, context } = visit
  if (form?.kind !== 'confirm') return errorPage('invalidRequest', visit)
  if (!isFor(form, user)) {
    // the account was switched in another tab: show the request again, with the account that would be used
    const code = sealHandle(context.handleKeys, {
      kind: 'code',
      userCode: form.userCode,
      browser: visit.presenter.browser,
    })
    return redirect(inLanguage(`${context.verificationPath}?handle=${code}`, visit))
  }
  // a visitor who came by a link has not claimed the request yet
  const credential = await findAndClaim(form.id, visit)
  const client = credential === undefined ? undefined : await context.findClient(credential.clientId)
  // the request is over or shared, or its client was removed
  if (credential === undefined || client === undefined) return errorPage('notFound', visit)
  const notice = approved ? hastyNotice(form.shownAt, visit) : undefined
  if (notice !== undefined) return confirmPage(credential, form.userCode, visit, notice)
  const approval = approved ? await admitApproval(credential, client, form, visit) : undefined
  if (approval !== undefined && 'status' in approval) return approval
  return answerDecision(credential, client, visit, approval)
}

/**
 * The reason why an approval does not count as deliberate: the box is not ticked, or the page was shown only just now. One
 * click, one key, or the second click of a double click cannot do both. The page of a server whose clock is ahead counts as old.
 */
function hastyNotice<Native>(shownAt: number, { request, context }: UserVisit<Native>): ConfirmNotice | undefined {
  if (request.form.get('own_device') !== 'yes') return 'notTicked'
  const age = Math.abs(context.now() - shownAt)
  return age < context.options.pages.approvalDelay * 1000 ? 'tooSoon' : undefined
}

/**
 * Counts the approval. Returns the page that says why this user cannot approve this request from here or now, if they cannot.
 * A refused request stays pending, so that it can still be declined.
 */
async function admitApproval<Native>(
  credential: DeviceCredential,
  client: Client,
  { userCode, nonce = randomToken() }: ConfirmForm,
  visit: PresenterVisit<Native>,
): Promise<CountedAttempt | OAuthResponse> {
  const { request, context } = visit
  const { refused: reason, warnings } = await judgeApproval(credential, client, visit)
  if (reason !== undefined) {
    emitRefusal(reason, credential, visit)
    return errorPage('refused', visit)
  }
  const { approval: proof } = context.options
  if (proof !== undefined) {
    const pending = pendingApproval({ credential, client, userCode, warnings, nonce }, visit)
    if ((await proof.verify(pending, request.form.get('proof') || undefined)) !== true) {
      // the same form came twice, and the first one has used the proof up
      const current = await context.store.findDeviceCredential(credential.id, context.now())
      if (current?.userGrant !== undefined) return errorPage('alreadyAnswered', visit)
      emitRefusal('proof', credential, visit)
      return confirmPage(credential, userCode, visit, undefined, true)
    }
  }
  const approval = await takeApproval(credential.clientId, visit)
  return 'retryAfter' in approval ? errorPage('limited', visit, approval.retryAfter) : approval
}

function emitRefusal<Native>(
  reason: RefusalReason,
  { id: grantId, clientId }: DeviceCredential,
  { user: { subject }, request: { ip }, context }: UserVisit<Native>,
): void {
  context.events.emit('refused', { at: context.now(), reason, grantId, clientId, subject, ip })
}

function userGrantOf<Native>(
  approved: boolean,
  { scope }: DeviceCredential,
  client: Client,
  visit: UserVisit<Native>,
): UserGrant {
  const { subject, username, authentication } = visit.user
  return {
    subject,
    approved,
    scope: approved ? grantedScope(scope, client, visit) : '',
    ...(username === undefined ? {} : { username }),
    ...(authentication === undefined ? {} : { authentication }),
  }
}

/** The requested scope, as the record has it; the form can only take scopes away. */
function grantedScope<Native>(scope: string, client: Client, { request, context }: UserVisit<Native>): string {
  return mayNarrow(client, context.options.pages)
    ? intersectScope(scope, request.form.getAll('scope').join(' '))
    : scope
}

/** Stores the decision and shows what came of it. `approval` is the counted approval; `undefined`: the user declines. */
async function answerDecision<Native>(
  credential: DeviceCredential,
  client: Client,
  visit: UserVisit<Native>,
  approval: CountedAttempt | undefined,
): Promise<OAuthResponse> {
  const { user, context } = visit
  const userGrant = userGrantOf(approval !== undefined, credential, client, visit)
  const result = await storeDecision(credential, userGrant, context, approval)
  if (result === 'alreadyDecided') return errorPage('alreadyAnswered', visit)
  if (result !== 'decided') return errorPage('notFound', visit)
  const shown = { account: user.username ?? user.subject, clientName: clientName(client) }
  if (!userGrant.approved) return page(200, { page: 'denied', ...shown }, visit)
  const devicesUrl = context.options.paths.devices === false ? undefined : inLanguage(context.devicesPath, visit)
  return page(200, { page: 'done', ...shown, number: shownNumber(client, credential, context), devicesUrl }, visit)
}
