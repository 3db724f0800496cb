import type { ResolvedRegistration } from '../contract/registration.ts'
import { type Awaitable, chain } from '../http.ts'
import type { Client } from '../protocol.ts'
import { intersectScope } from '../scope.ts'

/** The beginning of the ids of clients that registered themselves. */
export const registeredPrefix = 'registered-'
/** The most characters of such an id. The server makes shorter ones; an application may have put others into the store. */
const MAX_ID = 255

/**
 * True for an id that a registered client may have; others are not looked up in their store. A database may fail at characters
 * that no client id has.
 * @see {@link https://www.rfc-editor.org/rfc/rfc6749#appendix-A.1 RFC 6749 appendix A.1}
 */
export function isRegisteredId(clientId: string): boolean {
  return clientId.length <= MAX_ID && clientId.startsWith(registeredPrefix) && /^[\x20-\x7e]+$/.test(clientId)
}

/**
 * Finds a client that registered itself. It has only what registered clients may have today: the option may have fewer scopes than when
 * it registered.
 */
export function findRegistered<Native>(
  clientId: string,
  { store, scope }: ResolvedRegistration<Native>,
): Awaitable<Client | undefined> {
  return chain(store.find(clientId), (record) => {
    // a database may answer null
    if (record === undefined || record === null) return undefined
    const { client } = record
    return { ...client, scope: intersectScope(client.scope ?? '', scope), self_registered: true }
  })
}
