import { createLocalJWKSet, createRemoteJWKSet, customFetch, errors, type JWTVerifyGetKey } from 'jose'
import { boundedFetch } from './bounded-fetch.ts'
import { findKeySet } from './key-set-address.ts'
import { isTokenFault } from './token-fault.ts'

/** Milliseconds for which fetched keys are used while their address does not answer. */
const USABLE = 3_600_000

/** Milliseconds from a failed fetch to the next one, while there are keys to use. */
const PAUSE = 30_000

type RemoteKeys = ReturnType<typeof createRemoteJWKSet>

/**
 * Finds the keys of an issuer. Its metadata is asked for once, and the keys are fetched again after 5 minutes. While the issuer does not
 * answer, the last keys are used for up to an hour: its outage need not be one of every resource server.
 *
 * @param clock - The time in epoch milliseconds.
 * @returns A function that rejects with a fault of the token, or because the keys could not be fetched, which says nothing about it.
 */
export function issuerKeys(issuer: string, fetchFunction: typeof fetch, clock: () => number): JWTVerifyGetKey {
  const send = boundedFetch(fetchFunction)
  let found: Promise<RemoteKeys> | undefined
  let remote: RemoteKeys | undefined
  let [lastGood, lastFailure] = [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY]
  /** The last keys, while the issuer does not answer. */
  let known: JWTVerifyGetKey | undefined
  const ask: JWTVerifyGetKey = async (header, token) => {
    found ??= findKeySet(issuer, send).then((address) =>
      createRemoteJWKSet(address, { cacheMaxAge: 300_000, [customFetch]: send }),
    )
    try {
      remote = await found
    } catch (error) {
      // the next token asks again
      found = undefined
      throw error
    }
    return remote(header, token)
  }
  const isUsable = (): boolean => Math.abs(clock() - lastGood) < USABLE
  return async (header, token) => {
    if (known !== undefined && isUsable()) {
      if (Math.abs(clock() - lastFailure) < PAUSE) return known(header, token)
      // an issuer may be silent for seconds: one token waits for it, and the others use the last keys meanwhile
      lastFailure = clock()
    }
    try {
      const key = await ask(header, token)
      lastGood = clock()
      known = undefined
      return key
    } catch (error) {
      if (isTokenFault(error)) {
        // the keys were read, so that the issuer answers again: a wrong token must not keep the last ones in use
        known = undefined
        throw error
      }
      const keys = isUsable() ? remote?.jwks() : undefined
      if (keys === undefined) throw error
      lastFailure = clock()
      known = lastKeys(createLocalJWKSet(keys), error)
      return known(header, token)
    }
  }
}

/** A key that is not among the last ones may be a new one: its token is not called wrong. */
function lastKeys(find: JWTVerifyGetKey, failure: unknown): JWTVerifyGetKey {
  return async (header, token) => {
    try {
      return await find(header, token)
    } catch (error) {
      throw error instanceof errors.JWKSNoMatchingKey ? failure : error
    }
  }
}
