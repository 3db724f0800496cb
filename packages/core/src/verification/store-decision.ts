import type { CountedAttempt } from '../contract/attempts.ts'
import type { ServerContext } from '../contract/context.ts'
import type { DecideResult, DeviceCredential, UserGrant } from '../contract/store.ts'
import { pendingAttempt } from '../limits/requests.ts'

/**
 * Stores the decision about a request. If it is the first one, the request no longer counts as pending, and the event
 * `approved` or `denied` is emitted. If the store fails, that happens later, when it is known that the decision was stored.
 *
 * @param approval - The attempt that the approval was counted as. It is given back if the decision changes nothing.
 */
export async function storeDecision<Native>(
  credential: DeviceCredential,
  userGrant: UserGrant,
  context: ServerContext<Native>,
  approval?: CountedAttempt,
): Promise<DecideResult> {
  const { store, attempts, now } = context
  let result: DecideResult
  try {
    result = await store.decide(credential.id, userGrant, now())
  } catch (error) {
    attempts.settleLater(() => settleDecision(credential, userGrant, context, approval))
    throw error
  }
  if (result === 'decided') {
    await attempts.giveBack(pendingAttempt(credential, context))
    emitDecision(credential, userGrant, context)
  } else if (approval !== undefined) await attempts.giveBack(approval)
  return result
}

/** Finds out if a decision was stored whose step failed, and puts the counters right. */
async function settleDecision<Native>(
  credential: DeviceCredential,
  userGrant: UserGrant,
  context: ServerContext<Native>,
  approval: CountedAttempt | undefined,
): Promise<void> {
  const { store, attempts, now } = context
  const stored = (await store.findDeviceCredential(credential.id, now()))?.userGrant
  const isStored = stored?.subject === userGrant.subject && stored.approved === userGrant.approved
  if (isStored) {
    // `false` if the same decision came again meanwhile: that request has told of it
    if (await attempts.giveBackOnce(pendingAttempt(credential, context))) emitDecision(credential, userGrant, context)
  } else if (approval !== undefined) await attempts.giveBackOnce(approval)
}

function emitDecision<Native>(
  { id: grantId, clientId }: DeviceCredential,
  { approved, subject, scope }: UserGrant,
  { events, now }: ServerContext<Native>,
): void {
  if (approved) events.emit('approved', { at: now(), grantId, clientId, subject, scope })
  else events.emit('denied', { at: now(), grantId, clientId, subject: subject === '' ? undefined : subject })
}
