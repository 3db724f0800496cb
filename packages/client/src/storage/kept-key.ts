import { createDpopProver, type DpopProver } from '../auth/dpop.ts'
import type { TokenStore } from './token-store.ts'

/**
 * Makes a prover with the DPoP key that a token store keeps for a sign-in.
 *
 * @param key - The key of the sign-in in the store, of {@link tokenKey}.
 * @returns `undefined` when the store has no key for it. Rejects when the store does.
 * @example
 * const prover = await loadDpopProver(store, key)
 * const isGone = prover?.thumbprint !== stored.keyThumbprint // then sign in again
 */
export async function loadDpopProver(store: TokenStore, key: string): Promise<DpopProver | undefined> {
  const kept = await store.loadDpopKey?.(key)
  return kept && createDpopProver(kept)
}

/**
 * Makes a prover with the DPoP key that a token store keeps for a sign-in, or with a new key, which the store then keeps. Call it under the
 * lock of the sign-in: of two new keys only one stays.
 *
 * @param key - The key of the sign-in in the store, of {@link tokenKey}.
 * @returns The prover. Rejects when the store does, or when it keeps no keys.
 * @example
 * const dpop = await store.withLock(key, () => loadOrCreateDpopProver(store, key))
 */
export async function loadOrCreateDpopProver(store: TokenStore, key: string): Promise<DpopProver> {
  const kept = await loadDpopProver(store, key)
  if (kept !== undefined) return kept
  if (store.createDpopKey === undefined)
    throw new Error('The token store keeps no DPoP keys: it has no createDpopKey().')
  return createDpopProver(await store.createDpopKey(key))
}
