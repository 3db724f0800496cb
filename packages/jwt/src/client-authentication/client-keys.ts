import {
  type AuthenticatingServer,
  type Awaitable,
  type Check,
  type Client,
  type ClientFault,
  isBoolean,
  isFunction,
} from '@device-auth/core'
import { createHostLimit } from './host-limit.ts'
import { type KeySet, readKeySet } from './key-set.ts'
import { remoteKeySets } from './remote-key-sets.ts'
import { type FetchJson, isFetchable, safeFetch } from './safe-fetch.ts'

/** The options of key sets that clients keep at an address, `jwks_uri`. */
export interface RemoteKeysOptions {
  /**
   * `true` if a `jwks_uri` may lead into a private network. The system then looks names up, also those in its file of hosts. @default false: public
   * addresses only, found by DNS
   */
  readonly allowPrivateAddresses?: boolean
  /**
   * Fetches the JSON document of a URL, in place of the built-in way: for a network in which all requests go through a proxy. It has to
   * limit time and size itself, and must follow no redirect to another host. Called at most once a minute for each of the last 1000 URLs, and
   * at most 60 times a minute for one host whose URLs strangers chose.
   */
  readonly fetchJson?: FetchJson
}

/** The checks of {@link RemoteKeysOptions}. */
export const remoteKeysChecks: Readonly<Record<keyof RemoteKeysOptions, Check>> = {
  allowPrivateAddresses: isBoolean,
  fetchJson: isFunction,
}

/**
 * Finds the key set of a client: inline in `jwks`, or at its `jwks_uri`, where it is fetched again if `fits` says that a needed key is
 * missing. Empty if there is none, or it could not be fetched.
 */
export type ClientKeySets = (
  client: Client,
  fits: (keys: KeySet) => boolean,
  server: AuthenticatingServer,
) => Awaitable<KeySet>

/** The most key sets of one host that are fetched in a minute for clients whose addresses strangers chose. */
const perHost = 60

/**
 * Makes the function that finds the key sets of clients. Those of clients that nobody registered by hand are kept apart: strangers can have
 * as many clients as they like, and must neither flood another server by this one nor push out the key sets of others.
 */
export function clientKeySets({ allowPrivateAddresses = false, fetchJson }: RemoteKeysOptions): ClientKeySets {
  const fetchAny = fetchJson ?? safeFetch({ allowPrivateAddresses })
  const known = remoteKeySets(fetchAny)
  const strange = remoteKeySets(fetchAny, createHostLimit(perHost))
  return (client, fits, server) => {
    const { jwks, jwks_uri: address } = client
    if (jwks !== undefined) return readKeySet(jwks) ?? []
    if (!isFetchable(address)) return []
    return (isChosenByStranger(client) ? strange : known).find(address, server.now(), fits, server.report)
  }
}

/** True for a client that registered itself, and for one whose id is the address of its metadata. */
function isChosenByStranger({ client_id, self_registered }: Client): boolean {
  return self_registered === true || client_id.startsWith('https:')
}

/** The fault of a client whose keys cannot be used. */
export function keysFault({ jwks, jwks_uri: address }: Client): ClientFault | undefined {
  if (jwks !== undefined && address !== undefined)
    return { field: 'jwks_uri', text: 'given beside `jwks`; give one of them.' }
  if (address !== undefined)
    return isFetchable(address)
      ? undefined
      : { field: 'jwks_uri', text: 'no https URL; expected one, without a password.' }
  if (readKeySet(jwks) !== undefined) return undefined
  return {
    field: 'jwks',
    text: 'no key set; expected the public keys, { keys: [ … ] } with 32 at most, or `jwks_uri`.',
  }
}
