import {
  type AuthenticatingServer,
  type Awaitable,
  type Check,
  type Client,
  type ClientFault,
  isBoolean,
  isFunction,
} from '@device-auth/core'
import { createFetchBudget, type FetchBudget } from './fetch-budget.ts'
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
   * limit time and size itself, and must follow no redirect to another host. Called at most once a minute for each of the last 1000 URLs,
   * and at most 60 times a minute, 10 of one host, for the URLs that strangers chose.
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

/** The most fetches in a minute of addresses that strangers chose. */
const FETCHES_PER_MINUTE = 60

/** True for a client that wrote its metadata itself: it registered itself, or its id is the address of its metadata. */
const isStranger = ({ self_registered, client_id }: Client): boolean =>
  self_registered === true || client_id.startsWith('https://')

function withinBudget(fetchJson: FetchJson, budget: FetchBudget): (url: URL, now: number) => Promise<unknown> {
  return async (url, now) => {
    if (!budget.take(url.host, now))
      throw new Error('There were too many fetches for clients of strangers in this minute.')
    try {
      return await fetchJson(url)
    } finally {
      budget.end()
    }
  }
}

/** Makes the function that finds the key sets of clients. */
export function clientKeySets({ allowPrivateAddresses = false, fetchJson }: RemoteKeysOptions): ClientKeySets {
  const fetchKeys = fetchJson ?? safeFetch({ allowPrivateAddresses })
  const known = remoteKeySets(fetchKeys)
  // apart from the others, so that strangers push out no keys of the clients that the operator knows
  const budget = createFetchBudget(FETCHES_PER_MINUTE)
  const strangers = remoteKeySets(withinBudget(fetchKeys, budget), budget.join)
  return (client, fits, server) => {
    const { jwks, jwks_uri: address } = client
    if (jwks !== undefined) return readKeySet(jwks) ?? []
    if (!isFetchable(address)) return []
    return (isStranger(client) ? strangers : known).find(address, server.now(), fits, server.report)
  }
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
