import { addressPrefix } from '../address.ts'
import type { EventHub } from '../contract/events.ts'
import type { DeviceStore } from '../contract/store.ts'
import { OAuthError } from '../errors.ts'
import type { Awaitable } from '../http.ts'

/** Seconds over which wrong secrets are counted. */
const WINDOW = 3600
/** Entries in memory, so that an attacker cannot fill it. */
const maxBlocked = 10_000

interface SecretLimitContext {
  readonly store: DeviceStore
  readonly events: EventHub
  /** Wrong secrets allowed for one client from one address in an hour. */
  readonly limit: number
  now(): number
}

/**
 * Limits the guessing of client secrets: after too many wrong secrets for one client from one address, that pair is
 * refused until the hour is over. The store counts the wrong secrets and this object remembers which pairs are refused,
 * so a right secret costs no store call.
 * @see {@link https://www.rfc-editor.org/rfc/rfc6749#section-2.3.1 RFC 6749 section 2.3.1}
 */
export class SecretLimit {
  readonly #blockedUntil = new Map<string, number>()
  readonly #context: SecretLimitContext

  constructor(context: SecretLimitContext) {
    this.#context = context
  }

  /**
   * Checks a secret with `verify`, unless too many wrong secrets came for this client from this address.
   * @throws {OAuthError} `invalid_client` with status 429 and `Retry-After`.
   */
  async check(clientId: string, ip: string | undefined, verify: () => Awaitable<boolean>): Promise<boolean> {
    const { store, events, limit, now } = this.#context
    const key = `secret:${addressPrefix(ip)}:${clientId}`
    this.#refuseBlocked(key)
    if ((await verify()) === true) {
      // parallel guesses may have spent the budget in the meantime
      this.#refuseBlocked(key)
      return true
    }
    const refusal = await store.takeAttempts([{ key, limit, window: WINDOW }], now())
    if (refusal === undefined) return false
    const { retryAfter } = refusal
    if (this.#blockedUntil.size >= maxBlocked) this.#blockedUntil.clear()
    this.#blockedUntil.set(key, now() + retryAfter * 1000)
    events.emit('limited', { at: now(), limit: 'clientSecret', clientId, ip })
    throw tooMany(retryAfter)
  }

  #refuseBlocked(key: string): void {
    const now = this.#context.now()
    const blockedUntil = this.#blockedUntil.get(key)
    if (blockedUntil !== undefined && blockedUntil > now) throw tooMany((blockedUntil - now) / 1000)
  }
}

function tooMany(seconds: number): OAuthError {
  return new OAuthError('invalid_client', 'Too many wrong secrets; try again later.', {
    status: 429,
    headers: { 'retry-after': String(Math.ceil(seconds)) },
  })
}
