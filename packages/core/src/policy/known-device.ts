import type { KnownDevice } from '../contract/known-device.ts'
import type { Requester } from '../contract/requester.ts'
import type { DeviceCredential, TokenFamily } from '../contract/store.ts'
import type { UserVisit } from '../contract/visit.ts'
import { isWithinScope } from '../scope.ts'

/**
 * Finds out if the user has approved the device of a request before, by the key that it proved. The store is asked only about a
 * request with a key. Grants of other users, and grants that were revoked or have expired, say nothing.
 * @see {@link https://www.rfc-editor.org/rfc/rfc10027#section-6.1.7 RFC 10027 section 6.1.7}
 */
export async function findKnownDevice<Native>(
  credential: DeviceCredential,
  { user, context }: UserVisit<Native>,
): Promise<KnownDevice | undefined> {
  const key = keyOf(credential.requester)
  if (key === undefined || context.options.policy.knownDevice === 'off') return undefined
  const families = await context.store.listFamilies(user.subject, context.now())
  const grants = families.filter(
    ({ clientId, requester }) => clientId === credential.clientId && keyOf(requester) === key,
  )
  if (grants.length === 0) return undefined
  const uses = grants.flatMap(({ lastUsedAt }) => lastUsedAt ?? [])
  return {
    since: Math.min(...grants.map(({ createdAt }) => createdAt)),
    ...(uses.length === 0 ? {} : { lastUsed: Math.max(...uses) }),
    asksForMore: !grants.some((grant) => covers(grant, credential)),
  }
}

/** The key of a device as one text; `undefined` if it proved none. An attested device has one key, whatever else it proves. */
function keyOf({ attestation, key }: Requester = {}): string | undefined {
  if (attestation !== undefined) return JSON.stringify({ attested: attestation.key })
  return key === undefined ? undefined : JSON.stringify(key)
}

/** True if a grant already gives all that a request asks for. A detail, such as a payment, is given once only. */
function covers(grant: TokenFamily, { scope, target }: DeviceCredential): boolean {
  if (target?.authorizationDetails !== undefined || !isWithinScope(scope, grant.scope)) return false
  const [asked, granted] = [target?.resources, grant.target?.resources]
  if (asked === undefined || granted === undefined) return asked === granted
  return asked.every((resource) => granted.includes(resource))
}
