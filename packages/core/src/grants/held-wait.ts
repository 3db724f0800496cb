import type { ServerContext } from '../contract/context.ts'
import type { DecisionWait, WaitEnd } from '../contract/decision-waits.ts'
import type { EndpointName } from '../contract/hook-arguments.ts'
import type { DeviceCredential } from '../contract/store.ts'
import type { OAuthRequest } from '../http.ts'

/**
 * Begins to wait for the decision about a credential, for a request that is held. The wait ends when the client closes the connection.
 *
 * @param id - The id of the credential.
 * @returns `undefined` if nobody can tell of decisions now
 */
export function beginHeldWait<Native>(
  id: string,
  request: OAuthRequest<Native>,
  { decisionWaits }: ServerContext<Native>,
): DecisionWait | undefined {
  const wait = decisionWaits?.begin(id)
  if (wait === undefined) return undefined
  const isClosed = request.aborted?.(() => wait.end()) === true
  if (isClosed) wait.end()
  return wait
}

/**
 * Waits until the user has decided, the code expires or the time is over. Meanwhile the request is not under way.
 *
 * @param endpoint - The endpoint that holds the request, for at most so many seconds.
 */
export async function waitForNews<Native>(
  wait: DecisionWait,
  { endpoint, seconds }: { readonly endpoint: EndpointName; readonly seconds: number },
  { expiresAt }: DeviceCredential,
  { now, traffic }: ServerContext<Native>,
): Promise<WaitEnd> {
  // a timer may end a millisecond early
  const untilExpiry = Math.max(expiresAt - now() + 1, 0)
  traffic.leave(endpoint)
  try {
    return await wait.until(Math.min(seconds * 1000, untilExpiry))
  } finally {
    traffic.rejoin(endpoint)
  }
}

/** `true` if the credential may have another state after a wait that ended so, and has to be read again. */
export function mayHaveChanged<Native>(
  end: WaitEnd,
  { expiresAt }: DeviceCredential,
  { now }: ServerContext<Native>,
): boolean {
  return end === 'changed' || (end === 'time' && now() >= expiresAt)
}
