import type { Requester } from '../../contract/requester.ts'
import type {
  Claimant,
  ClaimResult,
  DecideResult,
  DeviceCredential,
  PollResult,
  PollStyle,
  UserGrant,
} from '../../contract/store.ts'
import type { TokenTarget } from '../../contract/target.ts'
import {
  checkClaim,
  checkDecision,
  isOnTime,
  isOpen,
  isSameBurst,
  isTwin,
  isUndecided,
  keptStyle,
  mayLease,
  pollStatus,
  raisedInterval,
  SHARED_CODE_DENIAL,
  type StoredCredential,
} from '../../lifecycle/credential.ts'
import { type InternedTexts, ownCopy } from './interned-texts.ts'

interface Lease {
  readonly owner: string
  /** Epoch milliseconds. */
  readonly until: number
}

/** State that few requests have. It is kept apart, so that the others need no memory for it. */
interface RareState {
  /** Epoch milliseconds. */
  lastSlowedAt: number | undefined
  lease: Lease | undefined
  ended: boolean
}

/** The answer to a poll of a code that the store does not know. */
export const unknownPoll: PollResult = Object.freeze({ status: 'unknown' })
const cancelledPoll: PollResult = Object.freeze({ status: 'cancelled' })

/**
 * One device authorization request until it is redeemed. The store returns this object itself, not a copy. State that is not
 * part of a `DeviceCredential` is therefore in private fields, so that a copy or a log line does not contain it. There are no private
 * methods: V8 keeps a mark of its class in each object that has them.
 */
export class MemoryCredential implements Required<Omit<StoredCredential, 'family'>> {
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
  readonly nonce: string | undefined
  readonly target: TokenTarget | undefined
  /**
   * Milliseconds from the creation to the last accepted poll; -1 before the first. V8 keeps a small integer in the object
   * itself, and an instant (a large number) on the heap, where each poll would leave one behind for the garbage collector.
   */
  #polledAfter: number
  #polledIn: StoredCredential['lastPolledIn'] = undefined
  /** Milliseconds from the creation to the end of the window in which the request is counted; -1 if that is not noted here. */
  #countedFor = -1
  #rare: RareState | undefined = undefined

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
    this.bindingMessage = ownCopy(credential.bindingMessage)
    this.boundSubject = credential.boundSubject
    this.claimedBy = credential.claimedBy
    this.claimedIn = credential.claimedIn
    this.userGrant = credential.userGrant && { ...credential.userGrant }
    this.nonce = ownCopy(credential.nonce)
    this.target = ownCopy(credential.target)
  }

  get lastPolledAt(): number | undefined {
    return this.#polledAfter < 0 ? undefined : this.createdAt + this.#polledAfter
  }

  get lastPolledIn(): StoredCredential['lastPolledIn'] {
    return this.#polledIn
  }

  get lastSlowedAt(): number | undefined {
    return this.#rare?.lastSlowedAt
  }

  get leaseOwner(): string | undefined {
    return this.#rare?.lease?.owner
  }

  get leaseUntil(): number | undefined {
    return this.#rare?.lease?.until
  }

  /**
   * Notes that the request is counted, once, under its id.
   *
   * @param until - Epoch milliseconds; `undefined` if there is nothing to note.
   */
  noteAttempt(until: number | undefined): void {
    // a small integer, as in `#polledAfter`
    if (until !== undefined) this.#countedFor = Math.trunc(until - this.createdAt)
  }

  /** Takes that note out. @returns the end of the window, in epoch milliseconds; `undefined` if nothing is noted */
  takeNote(): number | undefined {
    if (this.#countedFor < 0) return undefined
    const until = this.createdAt + this.#countedFor
    this.#countedFor = -1
    return until
  }

  get ended(): boolean {
    return this.#rare?.ended === true
  }

  poll(now: number, style: PollStyle = 'form'): PollResult {
    const status = pollStatus(this, now)
    if (status === 'pending') return this.pace(now, style)
    if (status === 'unknown') return unknownPoll
    return status === 'cancelled' ? cancelledPoll : { status, credential: this }
  }

  /** Counts in milliseconds since the creation, to write a small integer only. */
  private pace(now: number, style: PollStyle): PollResult {
    const age = Math.trunc(now - this.createdAt)
    if (isOnTime(this.#polledAfter < 0 ? undefined : this.#polledAfter, this.interval, age)) {
      this.#polledAfter = age
      this.#polledIn = keptStyle(style)
      return { status: 'pending', credential: this }
    }
    if (isTwin(this, style, now)) {
      this.#polledIn = 'both'
      return { status: 'pending', credential: this }
    }
    this.raiseInterval(now)
    return { status: 'slow_down', credential: this }
  }

  /** Raises the interval. @returns `undefined` if the credential is not pending any more */
  slowDown(now: number): number | undefined {
    if (!isUndecided(this, now)) return undefined
    this.raiseInterval(now)
    return this.interval
  }

  private raiseInterval(now: number): void {
    if (isSameBurst(this.lastSlowedAt, now)) return
    this.#rare ??= noRareState()
    this.#rare.lastSlowedAt = now
    this.interval = raisedInterval(this.interval)
  }

  claim(claimant: Claimant, now: number): ClaimResult {
    const result = checkClaim(this, claimant, now)
    if (result === 'shared') this.userGrant = SHARED_CODE_DENIAL
    if (result === 'claimed') {
      this.claimedBy = claimant.subject
      this.claimedIn = claimant.browser
    }
    return result
  }

  decide(userGrant: UserGrant, now: number): DecideResult {
    const result = checkDecision(this, userGrant.subject, now)
    if (result === 'decided') this.userGrant = { ...userGrant }
    return result
  }

  lease(owner: string, until: number, now: number): boolean {
    if (!mayLease(this, owner, now)) return false
    this.reserve(owner, until)
    return true
  }

  /** Notes a lease that was checked. */
  reserve(owner: string, until: number): void {
    this.#rare ??= noRareState()
    this.#rare.lease = { owner, until }
  }

  /** Ends the lease, whoever has it. */
  endLease(): void {
    if (this.#rare !== undefined) this.#rare.lease = undefined
  }

  release(owner: string): void {
    if (this.leaseOwner === owner) this.endLease()
  }

  /** Ends a request that is not redeemed yet; `false`: it was over. */
  cancel(now: number): boolean {
    if (!isOpen(this, now)) return false
    this.end()
    return true
  }

  /** Ends a request that is pending, or the credential of a token family that was revoked. */
  end(): void {
    this.#rare ??= noRareState()
    this.#rare.ended = true
  }
}

function noRareState(): RareState {
  return { lastSlowedAt: undefined, lease: undefined, ended: false }
}

/** User agents repeat by the thousand; what the device says of itself is copied from the request body. */
function internRequester(requester: Requester, texts: InternedTexts): Requester {
  const { userAgent, device } = requester
  return {
    ...requester,
    ...(userAgent === undefined ? {} : { userAgent: texts.intern(userAgent) }),
    ...(device === undefined ? {} : { device: ownCopy(device) }),
  }
}
