import type { CountedAttempt } from '../contract/attempts.ts'
import type { RefusalReason } from '../contract/events.ts'
import type { PageContent } from '../contract/pages/model.ts'
import type { ConfirmNotice } from '../contract/pages/notices.ts'
import type { DeviceCredential, UserGrant } from '../contract/store.ts'
import type { PresenterVisit, UserVisit } from '../contract/visit.ts'
import { randomToken } from '../crypto/random.ts'
import { checkGrantData } from '../lifecycle/grant-data.ts'
import { takeApproval } from '../limits/approvals.ts'
import { type Findings, judgeApproval } from '../policy/approval-rules.ts'
import { meetsLogIn } from '../policy/log-in.ts'
import { shownNumber } from '../policy/number-matching.ts'
import type { Client } from '../protocol.ts'
import { intersectScope } from '../scope.ts'
import { clientName, confirmContent, hasShortConsent } from './confirm.ts'
import type { HandleContent } from './form-handle.ts'
import { logInAgainContent } from './login.ts'
import { addressFor, errorContent, inLanguage } from './page.ts'
import { findAndClaim } from './present-code.ts'
import { pendingApproval } from './proof.ts'
import { storeDecision } from './store-decision.ts'

/** The handle of a request that was shown to this user in this session. */
export type ConfirmForm = Extract<HandleContent, { kind: 'confirm' }>

/** The pages that say what came of a decision. */
type DecisionContent = PageContent<'done' | 'denied' | 'confirm' | 'login' | 'error'>

/** The answer of a user to a request, from a form or from the application. */
export interface Answer {
  readonly approved: boolean
  /** True if the user said that the device is their own. No approval counts without it. */
  readonly ownDevice: boolean
  /** The proof that the option `approval` asks for. */
  readonly proof: string | undefined
  /** The scopes that the user leaves, space-delimited. They can only take scopes away. `undefined`: all. */
  readonly scope: string | undefined
  /** Data of the application's own. `undefined`: the hook `chooseGrantData` is asked. */
  readonly data?: UserGrant['data']
}

/** The parts of a decision that its steps share. */
interface Decision<Native> {
  readonly answer: Answer
  readonly form: ConfirmForm
  readonly credential: DeviceCredential
  readonly client: Client
  readonly visit: PresenterVisit<Native>
}

/**
 * Carries out the user's answer to the request that the form was made for, and returns the page that says what came of it.
 * @see {@link https://www.rfc-editor.org/rfc/rfc8628#section-3.3 RFC 8628 section 3.3}
 */
export async function carryOut<Native>(
  answer: Answer,
  form: ConfirmForm,
  visit: PresenterVisit<Native>,
): Promise<DecisionContent> {
  const { context } = visit
  // a visitor who came by a link has not claimed the request yet
  const credential = await findAndClaim(form.id, visit)
  const client = credential === undefined ? undefined : await context.findClient(credential.clientId)
  // the request is over or shared, or its client was removed
  if (credential === undefined || client === undefined) return errorContent('notFound', visit)
  const decision = { answer, form, credential, client, visit }
  return answer.approved ? approve(decision) : storeAnswer(decision, denial(visit))
}

async function approve<Native>(decision: Decision<Native>): Promise<DecisionContent> {
  const { form, credential, client, visit } = decision
  if (!meetsLogIn(credential, visit.user.authentication)) return logInAgainContent(form.userCode, credential, visit)
  const findings = await judgeApproval(credential, client, visit)
  const notice = hastyNotice(decision, findings)
  if (notice !== undefined) return confirmContent(credential, form.userCode, visit, notice)
  const refusal = await refuseApproval(decision, findings)
  if (refusal !== undefined) return refusal
  const userGrant = await grantOf(decision, findings)
  const approval = await takeApproval(credential.clientId, visit)
  if ('retryAfter' in approval) return errorContent('limited', visit, approval.retryAfter)
  return storeAnswer(decision, userGrant, approval)
}

/**
 * The reason why an approval does not count as deliberate: a box is on the page and not ticked, or the page was shown only just now. One
 * click, one key, or the second click of a double click cannot do both. The page of a server whose clock is ahead counts as old.
 */
function hastyNotice<Native>(
  { answer: { ownDevice }, form: { shownAt, oneTap = false }, visit: { context } }: Decision<Native>,
  findings: Findings,
): ConfirmNotice | undefined {
  // the page had no box, and the device may have been signed out since
  const needsBox = !(oneTap && findings.oneTap)
  if (needsBox && !ownDevice) return 'notTicked'
  const age = Math.abs(context.now() - shownAt)
  return age < context.options.pages.approvalDelay * 1000 ? 'tooSoon' : undefined
}

/**
 * Applies the policy and asks for the proof. Returns the page that says why this user cannot approve this request from here, if they
 * cannot. A refused request stays pending, so that it can still be declined.
 */
async function refuseApproval<Native>(
  { answer, form: { userCode, nonce = randomToken() }, credential, client, visit }: Decision<Native>,
  { refused: reason, warnings, knownDevice }: Findings,
): Promise<DecisionContent | undefined> {
  const { context } = visit
  if (reason !== undefined) {
    emitRefusal(reason, credential, visit)
    const isNetwork = reason === 'otherNetwork' || reason === 'unknownNetwork'
    return errorContent(isNetwork ? 'refusedNetwork' : 'refused', visit)
  }
  const { approval: proof } = context.options
  if (proof === undefined) return undefined
  const pending = pendingApproval({ credential, client, userCode, warnings, knownDevice, nonce }, visit)
  if ((await proof.verify(pending, answer.proof)) === true) return undefined
  // the same form came twice, and the first one has used the proof up
  const current = await context.store.findDeviceCredential(credential.id, context.now())
  if (current?.userGrant !== undefined) return errorContent('alreadyAnswered', visit)
  emitRefusal('proof', credential, visit)
  return confirmContent(credential, userCode, visit, undefined, true)
}

function emitRefusal<Native>(
  reason: RefusalReason,
  { id: grantId, clientId }: DeviceCredential,
  { user: { subject }, request: { ip }, context }: UserVisit<Native>,
): void {
  context.events.emit('refused', { at: context.now(), reason, grantId, clientId, subject, ip })
}

function denial<Native>({ user: { subject, username, authentication } }: UserVisit<Native>): UserGrant {
  return { subject, approved: false, scope: '', ...loginOf(username, authentication) }
}

function loginOf(username?: string, authentication?: UserGrant['authentication']): Partial<UserGrant> {
  return {
    ...(username === undefined ? {} : { username }),
    ...(authentication === undefined ? {} : { authentication }),
  }
}

/** The grant of an approval: the requested scope, as the record has it, or what the user leaves of it; and the application's data. */
async function grantOf<Native>(
  { answer, credential, client, visit }: Decision<Native>,
  { knownDevice }: Findings,
): Promise<UserGrant> {
  const { user, request, context } = visit
  // a page that leaves the scopes out has no boxes for them
  const isNarrowed = answer.scope !== undefined && !hasShortConsent(client, context.options.pages)
  const scope = isNarrowed ? intersectScope(credential.scope, answer.scope) : credential.scope
  const approval = { user, client, credential, scope, knownDevice, request }
  const chosen = answer.data ?? (await context.hooks.chooseGrantData(approval))
  const data = checkGrantData('the hook `chooseGrantData`', chosen)
  const { subject, username, authentication } = user
  const grant = { subject, approved: true, scope, ...loginOf(username, authentication) }
  return data === undefined ? grant : { ...grant, data }
}

/** Stores the decision and says what came of it. `approval` is the counted approval; `undefined`: the user declines. */
async function storeAnswer<Native>(
  { credential, client, visit }: Decision<Native>,
  userGrant: UserGrant,
  approval?: CountedAttempt,
): Promise<DecisionContent> {
  const { user, context } = visit
  const result = await storeDecision(credential, userGrant, context, approval)
  if (result === 'alreadyDecided') return errorContent('alreadyAnswered', visit)
  if (result !== 'decided') return errorContent('notFound', visit)
  const shown = { account: user.username ?? user.subject, clientName: clientName(client) }
  if (!userGrant.approved) return { page: 'denied', ...shown }
  const hasDevices = context.options.paths.devices !== false
  const devicesUrl = hasDevices ? addressFor(inLanguage(context.devicesPath, visit), visit) : undefined
  return { page: 'done', ...shown, number: shownNumber(client, credential, context), devicesUrl }
}
