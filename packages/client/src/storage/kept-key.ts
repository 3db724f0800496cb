import { createDpopProver, type DpopProver } from '../auth/dpop.ts'
import { newKeyPair } from '../auth/dpop-key.ts'
import type { TokenStore } from './token-store.ts'

/** The keys that the tokens of {@link authenticate} are bound to: {@link dpopKeys}. */
export interface DpopKeys {
  /**
   * Makes a prover with the DPoP key that a token store keeps for a sign-in.
   *
   * @param key - The key of the sign-in in the store, of {@link tokenKey}.
   * @returns `undefined` when the store has no key for it. Rejects when the store does.
   */
  load(store: TokenStore, key: string): Promise<DpopProver | undefined>
  /**
   * Makes a prover with the DPoP key that a token store keeps for a sign-in, or with a new key, which the store then keeps. Called under the
   * lock of the sign-in: of two new keys only one stays. Without this function, tokens that are bound are used, and others stay unbound.
   *
   * @param key - The key of the sign-in in the store, of {@link tokenKey}.
   * @returns The prover. Rejects when the store does, or when it keeps no keys.
   */
  loadOrCreate?(store: TokenStore, key: string): Promise<DpopProver>
}

/**
 * The DPoP keys that a token store keeps, for the option `dpop` of {@link authenticate}. For a {@link DeviceFlow}, they give the prover.
 *
 * @example
 * const result = await authenticate('https://as.example.com', { clientId: 'tv', dpop: dpopKeys })
 * @example
 * const dpop = await store.withLock(key, () => dpopKeys.loadOrCreate(store, key))
 * const flow = new DeviceFlow({ issuer: 'https://as.example.com', clientId: 'tv', dpop })
 * @see {@link https://www.rfc-editor.org/rfc/rfc9449#section-5 RFC 9449 section 5}
 */
export const dpopKeys: Required<DpopKeys> = { load, loadOrCreate }

async function load(store: TokenStore, key: string): Promise<DpopProver | undefined> {
  const kept = await store.loadDpopKey?.(key)
  return kept && createDpopProver(kept)
}

async function loadOrCreate(store: TokenStore, key: string): Promise<DpopProver> {
  const kept = await load(store, key)
  if (kept !== undefined) return kept
  if (store.createDpopKey === undefined)
    throw new Error('The token store keeps no DPoP keys: it has no loadDpopKey() and createDpopKey().')
  return createDpopProver(await store.createDpopKey(key, newKeyPair))
}
