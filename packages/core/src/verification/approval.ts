import type { ServerContext } from '../contract/context.ts'
import type { User } from '../contract/hooks.ts'
import type { DeviceCredential } from '../contract/store.ts'
import type { OAuthRequest, OAuthResponse } from '../http.ts'
import { takeApproval } from '../limits/approvals.ts'
import { judgeApproval } from '../policy/approval-rules.ts'
import type { Client } from '../protocol.ts'
import { errorPage } from './page.ts'

/**
 * The page that says why this user cannot approve this request from here or now; `undefined`: go on. The request stays
 * pending, so that it can be declined.
 */
export async function refuseApproval<Native>(
  credential: DeviceCredential,
  client: Client,
  user: User,
  request: OAuthRequest<Native>,
  context: ServerContext<Native>,
): Promise<OAuthResponse | undefined> {
  const { refused } = await judgeApproval({ credential, client, user, request }, context)
  const { id: grantId, clientId } = credential
  const { subject } = user
  if (refused !== undefined) {
    context.events.emit('refused', { at: context.now(), reason: refused, grantId, clientId, subject, ip: request.ip })
    return errorPage('refused', request, context)
  }
  const retryAfter = await takeApproval({ clientId, subject, ip: request.ip }, context)
  return retryAfter === undefined ? undefined : errorPage('limited', request, context, retryAfter)
}
