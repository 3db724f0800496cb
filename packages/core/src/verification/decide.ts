import type { ServerContext } from '../contract/context.ts'
import type { User } from '../contract/hooks.ts'
import type { DeviceCredential, UserGrant } from '../contract/store.ts'
import type { OAuthRequest, OAuthResponse } from '../http.ts'
import { giveBackApproval } from '../limits/approvals.ts'
import type { Presenter } from '../limits/guesses.ts'
import { releasePending } from '../limits/requests.ts'
import { shownNumber } from '../policy/number-matching.ts'
import { intersectScope } from '../scope.ts'
import { announce } from './api.ts'
import { refuseApproval } from './approval.ts'
import { clientName } from './confirm.ts'
import { type Handle, isFor, sealHandle } from './handle.ts'
import { errorPage, inLanguage, page, redirect } from './page.ts'
import { claim } from './present-code.ts'

/** The decision of a user about the request that the form was made for. */
export async function decide<Native>(
  approved: boolean,
  handle: Handle | undefined,
  user: User,
  presenter: Presenter,
  request: OAuthRequest<Native>,
  context: ServerContext<Native>,
): Promise<OAuthResponse> {
  if (handle?.kind !== 'confirm') return errorPage('invalidRequest', request, context)
  if (!isFor(handle, user)) {
    // the account was switched in another tab: decide again, seeing whom it is for
    const code = sealHandle(context.handleKey, { kind: 'code', userCode: handle.userCode })
    return redirect(inLanguage(`${context.verificationPath}?handle=${code}`, request, context))
  }
  const credential = await context.store.findDeviceCredential(handle.id, context.now())
  const client = credential === undefined ? undefined : await context.findClient(credential.clientId)
  // gone, or its client was removed
  if (credential === undefined || client === undefined) return errorPage('notFound', request, context)
  // from a link, this is the first post that presents the code
  const shared = (await claim(handle.id, client.client_id, presenter, context)) === 'shared'
  if (shared) return errorPage('notFound', request, context)
  const refusal = approved ? await refuseApproval(credential, client, user, request, context) : undefined
  if (refusal !== undefined) return refusal
  const { subject, username } = user
  const userGrant: UserGrant = {
    subject,
    approved,
    scope: approved ? grantedScope(credential, request, context) : '',
    ...(username === undefined ? {} : { username }),
  }
  const result = await context.store.decide(handle.id, userGrant, context.now())
  if (result === 'decided') await releasePending(credential, context)
  else if (approved) await giveBackApproval(subject, context)
  if (result === 'alreadyDecided') return errorPage('alreadyAnswered', request, context)
  if (result !== 'decided') return errorPage('notFound', request, context)
  announce(approved ? 'approved' : 'denied', credential, subject, userGrant.scope, context)
  const shown = { account: user.username ?? user.subject, clientName: clientName(client) }
  if (!approved) return page(200, { page: 'denied', ...shown }, request, context)
  return page(200, { page: 'done', ...shown, number: shownNumber(client, credential, context) }, request, context)
}

/** What was asked for, by the record; of the form nothing but what the user left out of it. */
function grantedScope<Native>(
  { scope }: DeviceCredential,
  { form }: OAuthRequest<Native>,
  { options }: ServerContext<Native>,
): string {
  return options.pages.narrowScopes ? intersectScope(scope, form.getAll('scope').join(' ')) : scope
}
