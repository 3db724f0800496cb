import { addressPrefix } from '../address.ts'
import type { EventHub } from '../contract/events.ts'
import type { DeviceStore } from '../contract/store.ts'
import { OAuthError } from '../errors.ts'
import type { Awaitable } from '../http.ts'

/** Seconds over which wrong secrets are counted. */
const WINDOW = 3600
const maxBlocked = 10_000

interface SecretLimitContext {
  readonly store: DeviceStore
  readonly events: EventHub
  /** Wrong secrets for one client from one address in an hour. */
  readonly limit: number
  now(): number
}

/**
 * Stops the guessing of client secrets: after too many wrong ones for a client from an address, that pair is refused
 * until the hour is over. Right secrets cost no store call: wrong ones are counted in the store, verdicts kept here.
 * @see {@link https://www.rfc-editor.org/rfc/rfc6749#section-2.3.1 RFC 6749 section 2.3.1}
 */
export class SecretLimit {
  readonly #blockedUntil = new Map<string, number>()
  readonly #context: SecretLimitContext

  constructor(context: SecretLimitContext) {
    this.#context = context
  }

  /** Runs a check of a secret, unless this client is being guessed from this address; throws 429 then. */
  async check(clientId: string, ip: string | undefined, verify: () => Awaitable<boolean>): Promise<boolean> {
    const { store, events, limit, now } = this.#context
    const key = `secret:${addressPrefix(ip)}:${clientId}`
    this.#refuseBlocked(key)
    if ((await verify()) === true) {
      // guesses made at the same time count against each other
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
