import { mayAskWithoutSecret } from '../clients/registered-methods.ts'
import type { RequestDetails } from '../contract/pages/model.ts'
import type { ConfirmNotice } from '../contract/pages/notices.ts'
import type { DeviceCredential } from '../contract/store.ts'
import type { UserVisit } from '../contract/visit.ts'
import { randomToken } from '../crypto/random.ts'
import type { OAuthResponse } from '../http.ts'
import { clientLogo } from '../pages/theme.ts'
import { judgeApproval } from '../policy/approval-rules.ts'
import { describeTarget } from '../policy/token-target.ts'
import type { Client } from '../protocol.ts'
import { boundTo, sealHandle } from './form-handle.ts'
import { errorPage, page } from './page.ts'
import { pendingApproval } from './proof.ts'

/**
 * The page where the user decides: which client asks, for which scopes, from where, and the code to compare with the device.
 * @see {@link https://www.rfc-editor.org/rfc/rfc8628#section-5.4 RFC 8628 section 5.4}
 *
 * @param proofFailed - True if the user has just approved without a right proof.
 */
export async function confirmPage<Native>(
  credential: DeviceCredential,
  userCode: string,
  visit: UserVisit<Native>,
  notice?: ConfirmNotice,
  proofFailed = false,
): Promise<OAuthResponse> {
  const { user, context } = visit
  const client = await context.findClient(credential.clientId)
  // the client was removed after the device had asked
  if (client === undefined) return errorPage('notFound', visit)
  const { approval, pages } = context.options
  const nonce = approval === undefined ? undefined : randomToken()
  const { id } = credential
  const content = { kind: 'confirm', id, userCode, shownAt: context.now(), ...boundTo(user) } as const
  const handle = sealHandle(context.handleKeys, nonce === undefined ? content : { ...content, nonce })
  const { warnings } = await judgeApproval(credential, client, visit)
  const question =
    nonce === undefined
      ? undefined
      : await approval?.ask(pendingApproval({ credential, client, userCode, warnings, nonce }, visit))
  const proof = question === undefined ? undefined : { ...question, failed: proofFailed }
  const details = await describeTarget(credential.target ?? {}, client, context)
  const request = {
    ...requestDetails(credential, client, visit),
    userCode: context.codes.format(userCode),
    warnings,
    details,
  }
  const { approvalDelay } = pages
  const account = user.username ?? user.subject
  const model = { page: 'confirm', account, handle, notice, approvalDelay, request, proof } as const
  return page(proofFailed ? 403 : 200, model, visit)
}

function requestDetails<Native>(
  { scope, createdAt, requester, bindingMessage }: DeviceCredential,
  client: Client,
  { context: { options, now } }: UserVisit<Native>,
): Omit<RequestDetails, 'userCode' | 'warnings' | 'details'> {
  return {
    clientName: clientName(client),
    clientLogo: options.pages.clientLogos ? clientLogo(client.logo_uri) : undefined,
    verified: !mayAskWithoutSecret(client),
    scopes: describeScopes(scope, options.scopes),
    narrow: options.pages.narrowScopes,
    age: Math.max(0, Math.round((now() - createdAt) / 1000)),
    ...requesterDetails(requester),
    bindingMessage,
  }
}

/** The details that the pages show of the device that asked. Nothing of it is verified. */
export function requesterDetails(
  requester: DeviceCredential['requester'],
): Pick<RequestDetails, 'ip' | 'userAgent' | 'description' | 'device' | 'place' | 'network'> {
  return {
    ip: requester?.ip,
    userAgent: requester?.userAgent,
    description: requester?.description,
    device: requester?.device,
    place: requester?.place ?? requester?.country,
    network: requester?.network,
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

const invisible = /[\p{Cc}\p{Cf}\p{Z}]/gu

/** The name of a client on the pages: its `client_name`, or its id if that name has nothing to see. */
export function clientName({ client_id, client_name = '' }: Client): string {
  return client_name.replace(invisible, '') === '' ? client_id : client_name
}
