import type { DpopKey, DpopKeyPair } from '../auth/dpop-key.ts'
import type { Token } from '../endpoints/token.ts'
import { abortable } from '../runtime/abort.ts'

/** The tokens of one sign-in, as a store keeps them: plain JSON. */
export type StoredToken = Pick<
  Token,
  | 'accessToken'
  | 'tokenType'
  | 'expiresAt'
  | 'refreshToken'
  | 'refreshExpiresAt'
  | 'scope'
  | 'idToken'
  | 'keyThumbprint'
>

/** The owner of tokens: issuer, client, scopes and account. */
export interface TokenOwner {
  readonly issuer: string
  readonly clientId: string
  /** Separated by spaces, in any order. */
  readonly scope?: string | undefined
  /** Tells several users or accounts on one machine apart. */
  readonly account?: string | undefined
}

/**
 * Keeps tokens under the keys of {@link tokenKey}. {@link MemoryTokenStore} and `FileTokenStore` implement it; an application can
 * implement it for a key store of its own.
 */
export interface TokenStore {
  /** Reads the tokens of a key; `undefined` when there are none. */
  get(key: string): Promise<StoredToken | undefined>
  /** Stores tokens, in place of those that the key has. */
  put(key: string, token: StoredToken): Promise<void>
  /** Removes the tokens of a key, and the DPoP key of the sign-in. Returns `false` when there were no tokens. */
  remove(key: string): Promise<boolean>
  /** Lists the keys that have tokens. */
  keys(): Promise<readonly string[]>
  /** Removes the tokens of all keys, and all DPoP keys. */
  clear(): Promise<void>
  /**
   * Reads the DPoP key of a sign-in; `undefined` when there is none. Optional, with `createDpopKey`: without both, no tokens
   * can be bound to a key of the store.
   */
  loadDpopKey?(key: string): Promise<DpopKey | undefined>
  /**
   * Makes a new DPoP key for a sign-in and keeps it, where it can so that nobody can export it. Called under the lock of the key of the
   * sign-in, and only when `loadDpopKey` finds none.
   *
   * @param makeKey - Makes a key pair that cannot be exported, for stores that keep it as it is, as memory and IndexedDB can.
   * @throws {Error} when keys cannot be kept; the user is then not asked to approve.
   */
  createDpopKey?(key: string, makeKey: () => Promise<DpopKeyPair>): Promise<DpopKey>
  /**
   * Finds out if tokens can be stored. Called before a sign-in, so that no user approves in vain. Optional: without it the store counts as
   * usable.
   *
   * @throws {Error} when tokens cannot be stored.
   */
  check?(): Promise<void>
  /**
   * Runs a function while no other call holds the lock of this key, in this process or in any other that shares the store.
   *
   * @returns The result of the function. Rejects with the reason of the signal when that is aborted before the lock is free.
   */
  withLock<T>(key: string, run: () => Promise<T>, signal?: AbortSignal): Promise<T>
}

/**
 * Makes the key of an owner. The order of the scopes does not matter, nor does a slash at the end of the issuer.
 *
 * @throws {TypeError} when the issuer is not a URL.
 */
export function tokenKey({ issuer, clientId, scope = '', account = '' }: TokenOwner): string {
  const { origin, pathname } = new URL(issuer)
  const scopes = [...new Set(scope.split(' '))].sort().join(' ').trim()
  return JSON.stringify([origin + pathname.replace(/\/$/, ''), clientId, scopes, account])
}

/**
 * Reads the owner out of a key of {@link tokenKey}. What is missing is an empty string.
 *
 * @throws {SyntaxError} when the key is not JSON.
 */
export function readTokenKey(key: string): Required<TokenOwner> {
  const [issuer = '', clientId = '', scope = '', account = ''] = JSON.parse(key) as string[]
  return { issuer, clientId, scope, account }
}

/** Milliseconds: tokens that expire this soon are not worth keeping. */
const EVICTION_MARGIN = 30_000

/** True if neither the access token nor the refresh token can be used any more. */
export function isDead({ expiresAt, refreshToken, refreshExpiresAt }: StoredToken, now: number): boolean {
  const ends = refreshToken === undefined ? expiresAt : refreshExpiresAt
  return ends !== undefined && Math.max(ends, expiresAt ?? 0) - EVICTION_MARGIN < now
}

/** A token store in memory, for one process. Its DPoP keys cannot be exported. */
export class MemoryTokenStore implements TokenStore {
  readonly #tokens = new Map<string, StoredToken>()
  readonly #dpopKeys = new Map<string, DpopKey>()
  readonly #locks = new Map<string, Promise<unknown>>()

  async get(key: string): Promise<StoredToken | undefined> {
    return this.#tokens.get(key)
  }

  async put(key: string, token: StoredToken): Promise<void> {
    this.#tokens.set(key, token)
  }

  async remove(key: string): Promise<boolean> {
    this.#dpopKeys.delete(key)
    return this.#tokens.delete(key)
  }

  async keys(): Promise<readonly string[]> {
    return [...this.#tokens.keys()]
  }

  async clear(): Promise<void> {
    this.#tokens.clear()
    this.#dpopKeys.clear()
  }

  async loadDpopKey(key: string): Promise<DpopKey | undefined> {
    return this.#dpopKeys.get(key)
  }

  async createDpopKey(key: string, makeKey: () => Promise<DpopKeyPair>): Promise<DpopKey> {
    const created = await makeKey()
    this.#dpopKeys.set(key, created)
    return created
  }

  async withLock<T>(key: string, run: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    const before = this.#locks.get(key) ?? Promise.resolve()
    const turn = before.then(() => {
      signal?.throwIfAborted()
      return run()
    })
    const settled = turn.catch(() => {})
    this.#locks.set(key, settled)
    // not when the caller is aborted: the function before, or its own, still runs
    void settled.then(() => {
      if (this.#locks.get(key) === settled) this.#locks.delete(key)
    })
    return abortable(turn, signal)
  }
}
