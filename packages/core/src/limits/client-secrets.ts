import type { Attempts, CountedAttempt } from '../contract/attempts.ts'
import type { EventHub } from '../contract/events.ts'
import { hashSecret } from '../crypto/secrets.ts'
import { OAuthError } from '../errors.ts'
import type { Awaitable } from '../http.ts'
import { addressPrefix } from '../ip-address.ts'

/** Seconds over which wrong secrets are counted. */
const WINDOW = 3600
/** Entries of each kind in memory, so that an attacker cannot fill it. */
const MAX_ENTRIES = 10_000

interface SecretLimitContext {
  readonly attempts: Attempts
  readonly events: EventHub
  /** Wrong secrets allowed for one client from one address in an hour. */
  readonly limit: number
  now(): number
}

/** A secret that a client has sent from an address (`undefined` if unknown). */
interface PresentedSecret {
  readonly clientId: string
  /** `false` for a client that does not exist or has no secret. */
  readonly known: boolean
  readonly ip: string | undefined
  readonly secret: string
  /** `true` if a secret like this one cannot be guessed, and checking it is cheap: it is checked however many wrong ones came. */
  readonly unguessable: boolean
}

/** The seconds until the limit has an attempt again. */
interface SpentLimit {
  readonly retryAfter: number
  /** `true` if the store has just said so. Each such refusal is told by an event. */
  readonly isNew: boolean
}

/**
 * Limits the guessing of client secrets: after too many wrong secrets for one client from one address, that pair is
 * refused until the hour is over. An attempt is counted before the secret is verified, so that parallel guesses cannot
 * share one; it is given back if the verification fails. A secret that was right before is remembered by its hash: it costs no
 * store call, and no guesses of others, from the same proxy or from unknown addresses, can lock it out. Neither can they lock
 * out a secret that is too long to be guessed: it is checked in any case, and only a wrong one is refused. Secrets for clients that do not
 * exist are counted too: otherwise the limit itself would tell which clients exist.
 * @see {@link https://www.rfc-editor.org/rfc/rfc6749#section-2.3.1 RFC 6749 section 2.3.1}
 */
export class SecretLimit {
  readonly #blockedUntil = new Map<string, number>()
  /** The hash of the last right secret of each client. */
  readonly #right = new Map<string, string>()
  /** Checks under way. Requests that send the same secret at the same time share one, and so one attempt. */
  readonly #pending = new Map<string, Promise<boolean>>()
  readonly #context: SecretLimitContext

  constructor(context: SecretLimitContext) {
    this.#context = context
  }

  /**
   * Checks a secret with `verify`, unless too many wrong secrets came for this client from this address.
   * @throws {OAuthError} `invalid_client` with status 429 and `Retry-After`.
   */
  async check(presented: PresentedSecret, verify: () => Awaitable<boolean>): Promise<boolean> {
    const { clientId, secret } = presented
    const hash = hashSecret(secret)
    if (this.#right.get(clientId) === hash) {
      if ((await verify()) === true) return true
      // the client has another secret now
      this.#right.delete(clientId)
    }
    const key = `${presented.ip}:${clientId}:${hash}`
    const pending = this.#pending.get(key) ?? this.#checkNew(presented, hash, verify)
    this.#pending.set(key, pending)
    try {
      return await pending
    } finally {
      this.#pending.delete(key)
    }
  }

  async #checkNew(presented: PresentedSecret, hash: string, verify: () => Awaitable<boolean>): Promise<boolean> {
    const attempt = await this.#takeAttempt(presented)
    if ('retryAfter' in attempt) {
      if (!(presented.unguessable && (await verify()) === true)) throw this.#refuse(presented, attempt)
      remember(this.#right, presented.clientId, hash)
      return true
    }
    const right = await this.#verifyOrGiveBack(attempt, verify)
    if (!right) return false
    remember(this.#right, presented.clientId, hash)
    await this.#context.attempts.giveBack(attempt)
    return true
  }

  /** A secret that could not be verified is no guess. */
  async #verifyOrGiveBack(attempt: CountedAttempt, verify: () => Awaitable<boolean>): Promise<boolean> {
    try {
      return (await verify()) === true
    } catch (error) {
      await this.#context.attempts.giveBack(attempt)
      throw error
    }
  }

  async #takeAttempt(presented: PresentedSecret): Promise<CountedAttempt | SpentLimit> {
    const { attempts, limit, now } = this.#context
    const key = budgetKey(presented)
    const blockedUntil = this.#blockedUntil.get(key)
    if (blockedUntil !== undefined && blockedUntil > now()) {
      return { retryAfter: (blockedUntil - now()) / 1000, isNew: false }
    }
    const attempt = await attempts.take([{ key, limit, window: WINDOW }])
    if (!('retryAfter' in attempt)) return attempt
    const { retryAfter } = attempt
    // a counter that is too high after a failure must not be remembered for an hour
    if (attempts.settled()) remember(this.#blockedUntil, key, now() + retryAfter * 1000)
    return { retryAfter, isNew: true }
  }

  #refuse({ clientId, ip }: PresentedSecret, { retryAfter, isNew }: SpentLimit): OAuthError {
    const { events, now } = this.#context
    if (isNew) events.emit('limited', { at: now(), limit: 'clientSecret', clientId, ip })
    return tooMany(retryAfter)
  }
}

/**
 * The counter of a client and an address. Clients that do not exist have 4,096 counters for each address, because anybody can invent ids
 * without end; and of a kind of their own, so that they push no others out of a memory store.
 */
function budgetKey({ clientId, known, ip }: PresentedSecret): string {
  const prefix = addressPrefix(ip)
  return known ? `secret:address:${prefix}:${clientId}` : `secret:unknown:${prefix}:${hashSecret(clientId).slice(0, 2)}`
}

function remember<T>(entries: Map<string, T>, key: string, value: T): void {
  if (entries.size >= MAX_ENTRIES) entries.clear()
  entries.set(key, value)
}

function tooMany(seconds: number): OAuthError {
  return new OAuthError('invalid_client', 'Too many wrong secrets; try again later.', {
    status: 429,
    headers: { 'retry-after': String(Math.ceil(seconds)) },
  })
}
