import type { Token } from '../endpoints/token.ts'
import { abortable } from '../runtime/abort.ts'

/** Tokens as they are kept. */
export type StoredToken = Pick<
  Token,
  'accessToken' | 'tokenType' | 'expiresAt' | 'refreshToken' | 'refreshExpiresAt' | 'scope' | 'idToken'
>

/** Whose tokens they are. */
export interface TokenOwner {
  readonly issuer: string
  readonly clientId: string
  readonly scope?: string | undefined
  /** Where one machine has several people or accounts. */
  readonly account?: string | undefined
}

/** Where tokens are kept, by the keys of {@link tokenKey}. */
export interface TokenStore {
  get(key: string): Promise<StoredToken | undefined>
  put(key: string, token: StoredToken): Promise<void>
  /** Whether there was one. */
  remove(key: string): Promise<boolean>
  /** The keys of all that are kept. */
  hosts(): Promise<readonly string[]>
  clear(): Promise<void>
  /**
   * Runs while nobody else does so with this key: no other call, and where the store is shared, no other process. Rejects with the reason
   * of `signal` when that is aborted first.
   */
  withLock<T>(key: string, run: () => Promise<T>, signal?: AbortSignal): Promise<T>
}

/** The key of tokens: issuer, client, scopes in any order, account. */
export function tokenKey({ issuer, clientId, scope = '', account = '' }: TokenOwner): string {
  const { origin, pathname } = new URL(issuer)
  const scopes = [...new Set(scope.split(' '))].sort().join(' ').trim()
  return JSON.stringify([origin + pathname.replace(/\/$/, ''), clientId, scopes, account])
}

/** What a key of {@link tokenKey} says. */
export function readTokenKey(key: string): Required<TokenOwner> {
  const [issuer = '', clientId = '', scope = '', account = ''] = JSON.parse(key) as string[]
  return { issuer, clientId, scope, account }
}

const EVICTION_MARGIN = 30_000

/** Whether neither token nor refresh token can be of use any more. */
export function isDead({ expiresAt, refreshToken, refreshExpiresAt }: StoredToken, now: number): boolean {
  const ends = refreshToken === undefined ? expiresAt : refreshExpiresAt
  return ends !== undefined && Math.max(ends, expiresAt ?? 0) - EVICTION_MARGIN < now
}

/** Keeps tokens for this process. */
export class MemoryTokenStore implements TokenStore {
  readonly #tokens = new Map<string, StoredToken>()
  readonly #locks = new Map<string, Promise<unknown>>()

  async get(key: string): Promise<StoredToken | undefined> {
    return this.#tokens.get(key)
  }

  async put(key: string, token: StoredToken): Promise<void> {
    this.#tokens.set(key, token)
  }

  async remove(key: string): Promise<boolean> {
    return this.#tokens.delete(key)
  }

  async hosts(): Promise<readonly string[]> {
    return [...this.#tokens.keys()]
  }

  async clear(): Promise<void> {
    this.#tokens.clear()
  }

  async withLock<T>(key: string, run: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    const before = this.#locks.get(key) ?? Promise.resolve()
    const turn = before.then(() => {
      signal?.throwIfAborted()
      return run()
    })
    const settled = turn.catch(() => {})
    this.#locks.set(key, settled)
    try {
      return await abortable(turn, signal)
    } finally {
      if (this.#locks.get(key) === settled) this.#locks.delete(key)
    }
  }
}
