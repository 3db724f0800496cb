import { mayAskWithoutSecret } from '../clients/registered-methods.ts'
import type { ProofQuestion } from '../contract/approval.ts'
import type { PageContent, RequestDetails } from '../contract/pages/model.ts'
import type { ConfirmNotice } from '../contract/pages/notices.ts'
import type { ResolvedPages } from '../contract/pages/options.ts'
import type { DeviceCredential } from '../contract/store.ts'
import type { PresenterVisit, UserVisit } from '../contract/visit.ts'
import { randomToken } from '../crypto/random.ts'
import { cutAt, foreignText } from '../foreign-text.ts'
import type { OAuthResponse } from '../http.ts'
import { shortAddress } from '../ip-address.ts'
import { shownUrl } from '../pages/theme.ts'
import { describeUserAgent } from '../pages/user-agent.ts'
import { judgeApproval } from '../policy/approval-rules.ts'
import { describeTarget } from '../policy/token-target.ts'
import type { Client } from '../protocol.ts'
import { sealConfirm } from './form-handle.ts'
import { returnPath, switchAddress } from './login.ts'
import { addressFor, errorContent, show } from './page.ts'
import { pendingApproval } from './proof.ts'

/**
 * The page where the user decides: which client asks, for which scopes, from where, and the code to compare with the device.
 * @see {@link https://www.rfc-editor.org/rfc/rfc8628#section-5.4 RFC 8628 section 5.4}
 */
export async function confirmPage<Native>(
  credential: DeviceCredential,
  userCode: string,
  visit: PresenterVisit<Native>,
): Promise<OAuthResponse> {
  return show(await confirmContent(credential, userCode, visit), visit)
}

/**
 * The same page as data; an error page if the client of the request was removed.
 *
 * @param notice - The reason why the page is shown again.
 * @param proofFailed - True if the user has just approved without a right proof.
 */
export async function confirmContent<Native>(
  credential: DeviceCredential,
  userCode: string,
  visit: PresenterVisit<Native>,
  notice?: ConfirmNotice,
  proofFailed = false,
): Promise<PageContent<'confirm' | 'error'>> {
  const { user, context } = visit
  const client = await context.findClient(credential.clientId)
  // the client was removed after the device had asked
  if (client === undefined) return errorContent('notFound', visit)
  const { approval, pages } = context.options
  const nonce = approval === undefined ? undefined : randomToken()
  const { warnings, knownDevice, oneTap } = await judgeApproval(credential, client, visit)
  const form = { ...(nonce === undefined ? {} : { nonce }), ...(oneTap ? { oneTap } : {}) }
  const handle = sealConfirm(credential.id, userCode, visit, form)
  const question =
    nonce === undefined
      ? undefined
      : await approval?.ask(pendingApproval({ credential, client, userCode, warnings, knownDevice, nonce }, visit))
  const proof = question === undefined ? undefined : { ...shownQuestion(question, visit), failed: proofFailed }
  const shownCode = userCode === '' ? '' : context.codes.format(userCode)
  const details = await describeTarget(credential.target ?? {}, client, context)
  const request = {
    ...requestDetails(credential, client, visit),
    userCode: shownCode,
    warnings,
    knownDevice,
    details,
  }
  const { approvalDelay } = pages
  const account = user.username ?? user.subject
  const here = userCode === '' ? context.verificationPath : returnPath(userCode, visit.presenter.browser, context)
  const switching = switchAddress(here, visit)
  const switchUrl = switching === undefined ? undefined : addressFor(switching, visit)
  return { page: 'confirm', account, switchUrl, handle, notice, approvalDelay, request, oneTap, proof }
}

function shownQuestion<Native>(question: ProofQuestion, visit: UserVisit<Native>): ProofQuestion {
  const { link } = question
  return link === undefined ? question : { ...question, link: { ...link, url: addressFor(link.url, visit) } }
}

function requestDetails<Native>(
  { scope, createdAt, requester, bindingMessage }: DeviceCredential,
  client: Client,
  { context: { options, now } }: UserVisit<Native>,
): Omit<RequestDetails, 'userCode' | 'warnings' | 'knownDevice' | 'details'> {
  return {
    clientName: clientName(client),
    clientLogo: options.pages.clientLogos ? shownUrl(client.logo_uri) : undefined,
    verified: client.self_registered !== true && !mayAskWithoutSecret(client),
    firstParty: client.first_party === true,
    policyUrl: shownUrl(client.policy_uri),
    termsUrl: shownUrl(client.tos_uri),
    attestation: requester?.attestation,
    scopes: describeScopes(scope, options.scopes),
    shortConsent: hasShortConsent(client, options.pages),
    narrow: mayNarrow(client, options.pages),
    age: Math.max(0, Math.round((now() - createdAt) / 1000)),
    ...requesterDetails(requester),
    bindingMessage,
  }
}

export function hasShortConsent({ first_party }: Client, { shortConsent }: ResolvedPages): boolean {
  return shortConsent && first_party === true
}

/** Returns true if the form of the confirm page names the scopes that the user grants. */
function mayNarrow(client: Client, pages: ResolvedPages): boolean {
  return pages.narrowScopes && !hasShortConsent(client, pages)
}

/** The details that the pages show of the device that asked: what this server saw, then what the device says of itself. */
export function requesterDetails(
  requester: DeviceCredential['requester'],
): Pick<RequestDetails, 'ip' | 'place' | 'country' | 'network' | 'userAgent' | 'description' | 'device'> {
  return {
    ip: requester?.ip === undefined ? undefined : shortAddress(requester.ip),
    place: requester?.place,
    country: requester?.country,
    network: requester?.network,
    userAgent: requester?.userAgent === undefined ? undefined : describeUserAgent(requester.userAgent),
    description: requester?.description,
    device: requester?.device,
  }
}

/** Puts the scopes into the application's words (the option `scopes`), in order; a scope without words is shown by its name. */
export function describeScopes(scope: string, words: Readonly<Record<string, string>>): RequestDetails['scopes'] {
  const scopes = scope.split(' ').filter((part) => part !== '')
  return scopes.map((part) => ({ scope: part, description: describeScope(part, words) }))
}

function describeScope(scope: string, words: Readonly<Record<string, string>>): string {
  return (Object.hasOwn(words, scope) ? words[scope] : undefined) ?? scope
}

const MAX_NAME_LENGTH = 100

/**
 * The name of a client on the pages: its `client_name`, bounded, or its id if that name has nothing to see. A client whose id is an https
 * address gave its name itself, so the host of the address comes first: that it cannot choose freely.
 *
 * @see {@link https://datatracker.ietf.org/doc/html/draft-ietf-oauth-client-id-metadata-document-02#section-8.5 Client ID Metadata Document, draft 02, section 8.5}
 */
export function clientName({ client_id, client_name }: Client): string {
  const given = foreignText(typeof client_name === 'string' ? client_name : '', MAX_NAME_LENGTH * 10)
  const name = given.length > MAX_NAME_LENGTH ? `${cutAt(given, MAX_NAME_LENGTH)}…` : given
  const host = /^https:/i.test(client_id) && URL.canParse(client_id) ? new URL(client_id).host : ''
  if (host === '') return name || client_id
  return name === '' ? host : `${host} (${name})`
}
