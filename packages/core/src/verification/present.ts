import type { PageContent } from '../contract/pages/model.ts'
import type { DeviceCredential } from '../contract/store.ts'
import type { Presentable } from '../contract/verification.ts'
import type { PresenterVisit } from '../contract/visit.ts'
import { meetsLogIn } from '../policy/log-in.ts'
import { confirmContent } from './confirm.ts'
import { logInAgainContent } from './login.ts'
import { errorContent } from './page.ts'
import { claimCode, findAndClaim, findUnanswered, presentCode } from './present-code.ts'

/**
 * Binds a request to the user and returns the page that shows it, for pages and apps that are not built in.
 * @see {@link https://www.rfc-editor.org/rfc/rfc8628#section-3.3 RFC 8628 section 3.3}
 */
export async function present<Native>(
  presentable: Presentable,
  visit: PresenterVisit<Native>,
): Promise<PageContent<'confirm' | 'login' | 'error'>> {
  const presented =
    'id' in presentable
      ? await presentId(presentable.id, visit)
      : await presentCode(presentable.userCode, claimCode, visit)
  if (presented.outcome === 'limited') return errorContent('limited', visit, presented.retryAfter)
  if (presented.outcome === 'unknown') return errorContent('notFound', visit)
  const { credential, userCode } = presented
  const { user, context } = visit
  const { id: grantId, clientId } = credential
  context.events.emit('codeFound', { at: context.now(), grantId, clientId, subject: user.subject })
  if (!meetsLogIn(credential, user.authentication)) return logInAgainContent(userCode, credential, visit)
  return confirmContent(credential, userCode, visit)
}

type Found = { readonly outcome: 'found'; readonly credential: DeviceCredential; readonly userCode: string }

/**
 * Finds a request by its id, for its own user only: whoever asked for the codes knows the id too, and could send it to anyone. An id
 * cannot be guessed, so no budget counts it. The code is not known here: the store has its hash.
 */
async function presentId<Native>(
  id: string,
  visit: PresenterVisit<Native>,
): Promise<Found | { readonly outcome: 'unknown' }> {
  const { user } = visit
  const known = await findUnanswered(id, visit)
  const isOwn = known?.boundSubject === user.subject || known?.claimedBy === user.subject
  const credential = isOwn ? await findAndClaim(id, visit) : undefined
  return credential === undefined ? { outcome: 'unknown' } : { outcome: 'found', credential, userCode: '' }
}
