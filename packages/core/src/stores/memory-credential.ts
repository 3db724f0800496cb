import {
  type Claimant,
  type ClaimResult,
  type DecideResult,
  type DeviceCredential,
  MAX_INTERVAL,
  POLL_TOLERANCE,
  type PollResult,
  type Requester,
  SLOW_DOWN_STEP,
  tombstoneEnd,
  type UserGrant,
} from '../contract/store.ts'
import type { InternedTexts } from './memory-texts.ts'

interface Lease {
  readonly owner: string
  /** Epoch milliseconds. */
  readonly until: number
}

/** The answer to a poll of what is not there. */
export const unknownPoll: PollResult = Object.freeze({ status: 'unknown' })
const cancelledPoll: PollResult = Object.freeze({ status: 'cancelled' })

/**
 * One device authorization request and the steps of its life until it is redeemed. It is handed out as it is, so what
 * is no part of a `DeviceCredential` is private: a copy or a log line shows none of it.
 */
export class MemoryCredential implements DeviceCredential {
  readonly id: string
  readonly clientId: string
  readonly scope: string
  readonly userCodeHash: string
  readonly createdAt: number
  readonly expiresAt: number
  interval: number
  readonly requester: Requester | undefined
  readonly bindingMessage: string | undefined
  readonly boundSubject: string | undefined
  claimedBy: string | undefined
  claimedIn: string | undefined
  userGrant: UserGrant | undefined
  /**
   * Milliseconds from the creation to the last accepted poll; -1 before the first. A small integer lies in the object
   * itself: each poll would leave an instant behind on the heap, for the next collection to move.
   */
  #polledAfter: number
  #lastSlowedAt: number | undefined = undefined
  #lease: Lease | undefined = undefined
  #cancelled = false

  constructor(credential: DeviceCredential, texts: InternedTexts) {
    this.id = credential.id
    this.clientId = texts.intern(credential.clientId)
    this.scope = texts.intern(credential.scope)
    this.userCodeHash = credential.userCodeHash
    this.createdAt = credential.createdAt
    this.expiresAt = credential.expiresAt
    this.interval = credential.interval
    const { createdAt, lastPolledAt } = credential
    this.#polledAfter = lastPolledAt === undefined ? -1 : Math.trunc(lastPolledAt - createdAt)
    this.requester = credential.requester && internRequester(credential.requester, texts)
    this.bindingMessage = credential.bindingMessage
    this.boundSubject = credential.boundSubject
    this.claimedBy = credential.claimedBy
    this.claimedIn = credential.claimedIn
    this.userGrant = credential.userGrant && { ...credential.userGrant }
  }

  get lastPolledAt(): number | undefined {
    return this.#polledAfter < 0 ? undefined : this.createdAt + this.#polledAfter
  }

  /** Whether the user can still answer. */
  undecided(now: number): boolean {
    return now < this.expiresAt && this.userGrant === undefined && !this.#cancelled
  }

  poll(now: number): PollResult {
    if (!this.undecided(now)) return this.#settledPoll(now)
    const age = Math.trunc(now - this.createdAt)
    const last = this.#polledAfter
    // a clock that was set back must not lock the device out until it has caught up
    if (last < 0 || age < last || age >= last + this.interval * 1000 - POLL_TOLERANCE) {
      this.#polledAfter = age
      return { status: 'pending', credential: this }
    }
    this.#slowDown(now)
    return { status: 'slow_down', credential: this }
  }

  #settledPoll(now: number): PollResult {
    if (now >= tombstoneEnd(this)) return unknownPoll
    if (this.#cancelled) return cancelledPoll
    if (now >= this.expiresAt) return { status: 'expired', credential: this }
    if (this.userGrant?.approved !== true) return { status: 'denied', credential: this }
    return { status: this.#leaseAt(now) === undefined ? 'approved' : 'redeeming', credential: this }
  }

  /** One burst of polls raises the interval once. */
  #slowDown(now: number): void {
    if (this.#lastSlowedAt !== undefined && now - this.#lastSlowedAt < POLL_TOLERANCE) return
    this.#lastSlowedAt = now
    if (this.interval < MAX_INTERVAL) this.interval = Math.min(this.interval + SLOW_DOWN_STEP, MAX_INTERVAL)
  }

  claim({ subject, browser }: Claimant, now: number): ClaimResult {
    if (!this.undecided(now) || (this.boundSubject !== undefined && this.boundSubject !== subject)) return 'unknown'
    if (this.claimedBy !== undefined && this.claimedBy !== subject && this.claimedIn !== browser) {
      this.userGrant = { subject: '', approved: false, scope: '' }
      return 'shared'
    }
    this.claimedBy = subject
    this.claimedIn = browser
    return 'claimed'
  }

  decide(userGrant: UserGrant, now: number): DecideResult {
    if (this.#cancelled || this.#claimedByOther(userGrant.subject)) return 'unknown'
    if (now >= this.expiresAt) return 'expired'
    if (this.userGrant !== undefined) return 'alreadyDecided'
    this.userGrant = { ...userGrant }
    return 'decided'
  }

  /** Without a subject, it is the application itself that decides. */
  #claimedByOther(subject: string): boolean {
    const owner = this.boundSubject ?? this.claimedBy
    return owner !== undefined && subject !== '' && subject !== owner
  }

  #approved(now: number): boolean {
    return now < this.expiresAt && this.userGrant?.approved === true && !this.#cancelled
  }

  /** Whether it may still become tokens. */
  alive(now: number): boolean {
    return this.undecided(now) || this.#approved(now)
  }

  #leaseAt(now: number): Lease | undefined {
    return this.#lease !== undefined && now < this.#lease.until ? this.#lease : undefined
  }

  lease(owner: string, until: number, now: number): boolean {
    const held = this.#leaseAt(now)
    if (!this.#approved(now) || (held !== undefined && held.owner !== owner)) return false
    this.#lease = { owner, until }
    return true
  }

  release(owner: string): void {
    if (this.#lease?.owner === owner) this.#lease = undefined
  }

  /** Whether it may become tokens now: for the owner of a live lease, or while nobody has one. */
  redeemable(now: number, owner: string | undefined): boolean {
    return this.#approved(now) && this.#leaseAt(now)?.owner === owner
  }

  /** The device gave up; `false` when there was nothing left to give up. */
  cancel(now: number): boolean {
    if (!this.alive(now)) return false
    this.#cancelled = true
    return true
  }
}

/** User agents repeat by the thousand. */
function internRequester(requester: Requester, texts: InternedTexts): Requester {
  const { userAgent } = requester
  return userAgent === undefined ? { ...requester } : { ...requester, userAgent: texts.intern(userAgent) }
}
