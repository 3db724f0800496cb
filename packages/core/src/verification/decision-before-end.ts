import type { ServerContext } from '../contract/context.ts'
import type { UserGrant } from '../contract/store.ts'

/**
 * The user's decision about a request that has just been ended. A decision may have come between the first look at the request and its
 * end: the store has put both in an order, so a second look knows.
 *
 * @param seen - The decision at the first look.
 */
export async function decisionBeforeEnd<Native>(
  id: string,
  seen: UserGrant | undefined,
  { store, now }: ServerContext<Native>,
): Promise<UserGrant | undefined> {
  return seen ?? (await store.findDeviceCredential(id, now()))?.userGrant
}
