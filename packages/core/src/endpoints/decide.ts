import type { ServerContext } from '../context.ts'
import { announce } from '../decisions.ts'
import type { User } from '../hooks.ts'
import type { OAuthRequest, OAuthResponse } from '../http.ts'
import type { Presenter } from '../policy/guesses.ts'
import { giveBackApproval, releasePending } from '../policy/limits.ts'
import type { UserGrant } from '../stores/store.ts'
import { refuseApproval } from './approval.ts'
import { clientName } from './confirm-page.ts'
import { type Handle, isFor, sealHandle } from './handle.ts'
import { claim } from './present-code.ts'
import { errorPage, page, redirect } from './verification-page.ts'

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
    return redirect(`${context.verificationPath}?handle=${code}`)
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
    // from the record, never from the form
    scope: approved ? credential.scope : '',
    ...(username === undefined ? {} : { username }),
  }
  const result = await context.store.decide(handle.id, userGrant, context.now())
  if (result === 'decided') await releasePending(credential, context)
  else if (approved) await giveBackApproval(subject, context)
  if (result === 'alreadyDecided') return errorPage('alreadyAnswered', request, context)
  if (result !== 'decided') return errorPage('notFound', request, context)
  announce(approved ? 'approved' : 'denied', credential, subject, credential.scope, context)
  const outcome = approved ? 'done' : 'denied'
  return page(
    200,
    { page: outcome, account: user.username ?? user.subject, clientName: clientName(client) },
    request,
    context,
  )
}
