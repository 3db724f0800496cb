import { addressKey } from '../address.ts'
import type { DeviceCredential, IncidentFilter } from '../contract/store.ts'

/** Whether a request, redeemed or not, is one of those that an incident is about. */
export function matchesFilter(
  { clientId, requester, userGrant, claimedBy }: DeviceCredential,
  filter: IncidentFilter,
): boolean {
  if ('subject' in filter) return (userGrant?.subject ?? claimedBy) === filter.subject
  if ('clientId' in filter) return clientId === filter.clientId
  const key = requester?.ip === undefined ? undefined : addressKey(requester.ip)
  return key !== undefined && key >= filter.requester.from && key <= filter.requester.to
}
