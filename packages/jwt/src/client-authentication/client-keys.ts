import type { KeyObject } from 'node:crypto'
import {
  type AuthenticatingServer,
  type Check,
  type Client,
  type ClientFault,
  isBoolean,
  isFunction,
} from '@device-auth/core'
import type { ClientAlgorithm } from './algorithms.ts'
import { fittingKeys, readKeySet } from './key-set.ts'
import { remoteKeySets } from './remote-key-sets.ts'
import { type FetchJson, isFetchable, safeFetch } from './safe-fetch.ts'

/** The options of key sets that clients keep at an address, `jwks_uri`. */
export interface RemoteKeysOptions {
  /** `true` if a `jwks_uri` may lead into a private network. @default false: public addresses only */
  readonly allowPrivateAddresses?: boolean
  /**
   * Fetches the JSON document of a URL, in place of the built-in way: for a network in which all requests go through a proxy. It has to
   * limit time and size itself, and must follow no redirect to another host. Called at most once a minute for each URL.
   */
  readonly fetchJson?: FetchJson
}

/** The checks of {@link RemoteKeysOptions}. */
export const remoteKeysChecks: Readonly<Record<keyof RemoteKeysOptions, Check>> = {
  allowPrivateAddresses: isBoolean,
  fetchJson: isFunction,
}

/** Finds the keys that can have made a signature of a client. */
export type ClientKeys = (
  client: Client,
  alg: ClientAlgorithm,
  kid: unknown,
  server: AuthenticatingServer,
) => Promise<readonly KeyObject[]>

/** Makes the function that finds keys of clients: inline in `jwks`, or at their `jwks_uri`. */
export function clientKeys({ allowPrivateAddresses = false, fetchJson }: RemoteKeysOptions): ClientKeys {
  const remote = remoteKeySets(fetchJson ?? safeFetch({ allowPrivateAddresses }))
  return async ({ jwks, jwks_uri: address }, alg, kid, server) => {
    if (jwks !== undefined) return fittingKeys(readKeySet(jwks) ?? [], alg, kid)
    if (!isFetchable(address)) return []
    const fits = (keys: NonNullable<ReturnType<typeof readKeySet>>): boolean => fittingKeys(keys, alg, kid).length > 0
    return fittingKeys(await remote.find(address, server.now(), fits, server.report), alg, kid)
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
