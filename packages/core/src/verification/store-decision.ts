import type { ServerContext } from '../contract/context.ts'
import type { DecideResult, DeviceCredential, UserGrant } from '../contract/store.ts'
import { releasePending } from '../limits/requests.ts'

/**
 * Stores the decision about a request. If it is the first one, the request no longer counts as pending, and the event
 * `approved` or `denied` is emitted.
 */
export async function storeDecision<Native>(
  credential: DeviceCredential,
  userGrant: UserGrant,
  context: ServerContext<Native>,
): Promise<DecideResult> {
  const { store, events, now } = context
  const result = await store.decide(credential.id, userGrant, now())
  if (result !== 'decided') return result
  await releasePending(credential, context)
  const { id: grantId, clientId } = credential
  const { approved, subject, scope } = userGrant
  if (approved) events.emit('approved', { at: now(), grantId, clientId, subject, scope })
  else events.emit('denied', { at: now(), grantId, clientId, subject: subject === '' ? undefined : subject })
  return result
}
