import type { AttemptBudget, AttemptRefusal } from '../../src/contract/attempts.ts'
import type {
  Claimant,
  ClaimResult,
  DecideResult,
  DeviceCredential,
  DeviceStore,
  FoundToken,
  IncidentFilter,
  PollResult,
  PollStyle,
  StoreClock,
  TokenFamily,
  TokenRecord,
  UserCodeClaim,
  UserGrant,
  WatchListener,
} from '../../src/contract/store.ts'
import type { Awaitable } from '../../src/http.ts'
import { forwardSteps, type StoreStep } from '../../src/stores/forward-steps.ts'
import { MemoryStore } from '../../src/stores/memory/memory-store.ts'

/**
 * A store on a cache that can only get and set one value: the list of all steps so far. A weak step awaits between get and
 * set, so it writes back what it read before. The other steps are atomic.
 */
export function getSetStore(weak: (step: StoreStep) => boolean): DeviceStore {
  let steps: readonly ((store: DeviceStore) => Awaitable<unknown>)[] = []
  return forwardSteps(false, async (step, work) => {
    await Promise.resolve()
    const read = steps
    if (weak(step)) await Promise.resolve()
    const store = new MemoryStore()
    for (const earlier of read) earlier(store)
    const answer = work(store)
    steps = [...read, work]
    return answer
  })
}

type Mutant = new () => DeviceStore

function expiryOf(store: MemoryStore, id: string): number {
  return store.findDeviceCredential(id, 0)?.expiresAt ?? 0
}

/** Stores with one mistake each, which the contract has to find. */
export const mutants: Readonly<Record<string, Mutant>> = {
  'keeps two credentials with one user code': class extends MemoryStore {
    #kept = 0
    override createDeviceCredential(credential: DeviceCredential): boolean {
      const { userCodeHash } = credential
      const taken = this.findByUserCode(userCodeHash, credential.createdAt) !== undefined
      return super.createDeviceCredential(
        taken ? { ...credential, userCodeHash: `${userCodeHash}${this.#kept++}` } : credential,
      )
    }
  },
  'forgets the user code at the decision': class extends MemoryStore {
    override findByUserCode(userCodeHash: string, now: number): DeviceCredential | undefined {
      const found = super.findByUserCode(userCodeHash, now)
      return found?.userGrant === undefined ? found : undefined
    }
  },
  'reading counts as a poll': class extends MemoryStore {
    override findDeviceCredential(id: string, now: number): DeviceCredential | undefined {
      const found = super.findDeviceCredential(id, now)
      if (found !== undefined) this.pollDeviceCredential(id, found.clientId, now)
      return found
    }
  },
  'never slows down': class extends MemoryStore {
    override pollDeviceCredential(id: string, clientId: string, now: number): PollResult {
      const result = super.pollDeviceCredential(id, clientId, now)
      return result.status === 'slow_down' ? { ...result, status: 'pending' } : result
    }
  },
  'knows no twin of a poll': class extends MemoryStore {
    override pollDeviceCredential(id: string, clientId: string, now: number): PollResult {
      return super.pollDeviceCredential(id, clientId, now)
    }
  },
  'takes a second poll in the same style for a twin': class extends MemoryStore {
    #polls = 0
    override pollDeviceCredential(id: string, clientId: string, now: number): PollResult {
      return super.pollDeviceCredential(id, clientId, now, this.#polls++ % 2 === 0 ? 'header' : 'form')
    }
  },
  'takes every poll in the other style for a twin': class extends MemoryStore {
    override pollDeviceCredential(id: string, clientId: string, now: number, style?: PollStyle): PollResult {
      const result = super.pollDeviceCredential(id, clientId, now, style)
      const other = result.status === 'slow_down' && style === 'form'
      return other ? { ...result, status: 'pending' } : result
    }
  },
  'keeps no interval that slowDown has raised': class extends MemoryStore {
    override slowDown(id: string, clientId: string, now: number): number | undefined {
      const credential = super.findDeviceCredential(id, now)
      const isPending = credential?.clientId === clientId && credential.userGrant === undefined
      return isPending ? credential.interval + 5 : undefined
    }
  },
  'slows down for another client': class extends MemoryStore {
    override slowDown(id: string, clientId: string, now: number): number | undefined {
      return super.slowDown(id, super.findDeviceCredential(id, now)?.clientId ?? clientId, now)
    }
  },
  'slows down the first poll': class extends MemoryStore {
    override createDeviceCredential(credential: DeviceCredential): boolean {
      return super.createDeviceCredential({ ...credential, lastPolledAt: credential.createdAt })
    }
  },
  "answers another client's poll": class extends MemoryStore {
    override pollDeviceCredential(id: string, clientId: string, now: number): PollResult {
      const owner = super.findDeviceCredential(id, now)?.clientId
      return super.pollDeviceCredential(id, owner ?? clientId, now)
    }
  },
  "paces by another client's poll": class extends MemoryStore {
    override pollDeviceCredential(id: string, clientId: string, now: number): PollResult {
      const owner = super.findDeviceCredential(id, now)?.clientId
      if (owner !== undefined && owner !== clientId) super.pollDeviceCredential(id, owner, now)
      return super.pollDeviceCredential(id, clientId, now)
    }
  },
  'forgets an expired credential at once': class extends MemoryStore {
    override pollDeviceCredential(id: string, clientId: string, now: number): PollResult {
      const result = super.pollDeviceCredential(id, clientId, now)
      return result.status === 'expired' ? { status: 'unknown' } : result
    }
  },
  'returns a denial after the expiry': class extends MemoryStore {
    override pollDeviceCredential(id: string, clientId: string, now: number): PollResult {
      const result = super.pollDeviceCredential(id, clientId, now)
      const denied = result.status === 'expired' && result.credential.userGrant?.approved === false
      return denied ? { ...result, status: 'denied' } : result
    }
  },
  'claims for everybody': class extends MemoryStore {
    override claim(id: string, claimant: Claimant, now: number): ClaimResult {
      const undecided = super.findDeviceCredential(id, now)?.userGrant === undefined
      return undecided ? super.claim(id, { ...claimant, subject: this.#first(id, claimant, now) }, now) : 'unknown'
    }
    #first(id: string, { subject }: Claimant, now: number): string {
      return super.findDeviceCredential(id, now)?.claimedBy ?? subject
    }
  },
  'ignores claims': class extends MemoryStore {
    override claim(id: string, _: Claimant, now: number): ClaimResult {
      return super.findDeviceCredential(id, now) === undefined ? 'unknown' : 'claimed'
    }
  },
  'leaves a shared code open': class extends MemoryStore {
    override claim(id: string, claimant: Claimant, now: number): ClaimResult {
      const { claimedBy, claimedIn } = super.findDeviceCredential(id, now) ?? {}
      const other = claimedBy !== undefined && claimedBy !== claimant.subject && claimedIn !== claimant.browser
      return other ? 'shared' : super.claim(id, claimant, now)
    }
  },
  'forgets the browser of a claim': class extends MemoryStore {
    override claim(id: string, { subject }: Claimant, now: number): ClaimResult {
      return super.claim(id, { subject, browser: subject }, now)
    }
  },
  'keeps the account of the first claim': class extends MemoryStore {
    override claim(id: string, claimant: Claimant, now: number): ClaimResult {
      const { claimedBy, claimedIn } = super.findDeviceCredential(id, now) ?? {}
      return claimedIn === claimant.browser
        ? super.claim(id, { ...claimant, subject: claimedBy ?? claimant.subject }, now)
        : super.claim(id, claimant, now)
    }
  },
  'keeps the browser of the first claim': class extends MemoryStore {
    override claim(id: string, claimant: Claimant, now: number): ClaimResult {
      const { claimedBy, claimedIn } = super.findDeviceCredential(id, now) ?? {}
      return claimedBy === claimant.subject
        ? super.claim(id, { ...claimant, browser: claimedIn ?? claimant.browser }, now)
        : super.claim(id, claimant, now)
    }
  },
  'looks a user code up without counting': class extends MemoryStore {
    override claimByUserCode(
      hashes: readonly string[],
      claimant: Claimant,
      _: readonly AttemptBudget[],
      now: number,
    ): AttemptRefusal | UserCodeClaim {
      return super.claimByUserCode(hashes, claimant, [], now)
    }
  },
  'claims by user code although the attempt is refused': class extends MemoryStore {
    override claimByUserCode(
      hashes: readonly string[],
      claimant: Claimant,
      budgets: readonly AttemptBudget[],
      now: number,
    ): AttemptRefusal | UserCodeClaim {
      const claim = super.claimByUserCode(hashes, claimant, [], now)
      return this.takeAttempts(budgets, now) ?? claim
    }
  },
  'finds a user code by the first hash only': class extends MemoryStore {
    override claimByUserCode(
      hashes: readonly string[],
      claimant: Claimant,
      budgets: readonly AttemptBudget[],
      now: number,
    ): AttemptRefusal | UserCodeClaim {
      return super.claimByUserCode(hashes.slice(0, 1), claimant, budgets, now)
    }
  },
  'does not say that a credential is over': class extends MemoryStore {
    override findDeviceCredential(id: string, now: number): DeviceCredential | undefined {
      const found = super.findDeviceCredential(id, now)
      return found && { ...found, lastPolledAt: found.lastPolledAt }
    }
  },
  'decides after the expiry': class extends MemoryStore {
    override decide(id: string, userGrant: UserGrant, now: number): DecideResult {
      return super.decide(id, userGrant, Math.min(now, expiryOf(this, id) - 1))
    }
  },
  'approves whatever the user said': class extends MemoryStore {
    override decide(id: string, userGrant: UserGrant, now: number): DecideResult {
      return super.decide(id, { ...userGrant, approved: true }, now)
    }
  },
  'leases to everybody': class extends MemoryStore {
    override lease(id: string, owner: string, until: number, now: number, refreshTokenHash?: string): boolean {
      return (
        super.lease(id, owner, until, now, refreshTokenHash) ||
        super.pollDeviceCredential(id, 'contract-client', now).status === 'redeeming'
      )
    }
  },
  'redeems after the expiry': class extends MemoryStore {
    override redeem(id: string, tokens: TokenRecord, sealed: string, now: number, owner?: string): boolean {
      return super.redeem(id, tokens, sealed, Math.min(now, expiryOf(this, id) - 1), owner)
    }
  },
  'redeems in spite of a lease': class extends MemoryStore {
    override lease(id: string, owner: string, until: number, now: number, refreshTokenHash?: string): boolean {
      const leased = super.lease(id, owner, until, now, refreshTokenHash)
      if (leased) super.release(id, owner)
      return leased
    }
    override redeem(id: string, tokens: TokenRecord, sealed: string, now: number): boolean {
      return super.redeem(id, tokens, sealed, now)
    }
  },
  'forgets the use of a token': class extends MemoryStore {
    override pollDeviceCredential(id: string, clientId: string, now: number): PollResult {
      const result = super.pollDeviceCredential(id, clientId, now)
      return result.status === 'redeemed' ? { ...result, redemption: { ...result.redemption, used: false } } : result
    }
  },
  'finds tokens that have ended': class extends MemoryStore {
    override findToken(id: string, tokenHash: string, now: number): FoundToken | undefined {
      return super.findToken(id, tokenHash, Math.min(now, expiryOf(this, id)))
    }
  },
  'rotates what was rotated before': class extends MemoryStore {
    #latest = new Map<string, string>()
    override rotateRefreshToken(
      id: string,
      hash: string,
      next: TokenRecord,
      sealed: string,
      now: number,
      owner?: string,
    ): boolean {
      const done = super.rotateRefreshToken(id, this.#latest.get(hash) ?? hash, next, sealed, now, owner)
      if (done) this.#latest.set(hash, next.refreshTokenHash ?? '')
      return done
    }
  },
  'gives the answer to a rotation again and again': class extends MemoryStore {
    #sealed = new Map<string, string>()
    override replayRotation(id: string, replacedHash: string, now: number): string | undefined {
      const sealed = super.replayRotation(id, replacedHash, now)
      if (sealed !== undefined) this.#sealed.set(replacedHash, sealed)
      return this.#sealed.get(replacedHash)
    }
  },
  'gives the answer to a rotation again after its use': class extends MemoryStore {
    #fresh = new Map<string, string>()
    override rotateRefreshToken(
      id: string,
      hash: string,
      next: TokenRecord,
      sealed: string,
      now: number,
      owner?: string,
    ): boolean {
      const done = super.rotateRefreshToken(id, hash, next, sealed, now, owner)
      if (done) this.#fresh.set(hash, sealed)
      return done
    }
    override replayRotation(id: string, replacedHash: string, now: number): string | undefined {
      const sealed = this.#fresh.get(replacedHash)
      this.#fresh.delete(replacedHash)
      return super.replayRotation(id, replacedHash, now) ?? sealed
    }
  },
  'rotates in spite of a lease': class extends MemoryStore {
    #owners = new Map<string, string>()
    override lease(id: string, owner: string, until: number, now: number, refreshTokenHash?: string): boolean {
      const leased = super.lease(id, owner, until, now, refreshTokenHash)
      if (leased) this.#owners.set(id, owner)
      return leased
    }
    override rotateRefreshToken(id: string, hash: string, next: TokenRecord, sealed: string, now: number): boolean {
      const holder = this.#owners.get(id)
      const rotate = (owner?: string) => super.rotateRefreshToken(id, hash, next, sealed, now, owner)
      return rotate() || (holder !== undefined && rotate(holder))
    }
  },
  'leases a family for a token that was replaced': class extends MemoryStore {
    #latest = new Map<string, string>()
    override lease(id: string, owner: string, until: number, now: number, refreshTokenHash?: string): boolean {
      return super.lease(id, owner, until, now, refreshTokenHash && this.#latest.get(id))
    }
    override redeem(id: string, tokens: TokenRecord, sealed: string, now: number, owner?: string): boolean {
      this.#latest.set(id, tokens.refreshTokenHash ?? '')
      return super.redeem(id, tokens, sealed, now, owner)
    }
    override rotateRefreshToken(
      id: string,
      hash: string,
      next: TokenRecord,
      sealed: string,
      now: number,
      owner?: string,
    ): boolean {
      const done = super.rotateRefreshToken(id, hash, next, sealed, now, owner)
      if (done) this.#latest.set(id, next.refreshTokenHash ?? '')
      return done
    }
  },
  'keeps the tokens of a revoked family': class extends MemoryStore {
    override revoke(id: string, now: number): boolean {
      const status = super.pollDeviceCredential(id, 'contract-client', now).status
      return status === 'redeemed' || super.revoke(id, now)
    }
  },
  'lists families that are over': class extends MemoryStore {
    override listFamilies(subject: string): readonly TokenFamily[] {
      return super.listFamilies(subject, 0)
    }
  },
  'lists the latest first': class extends MemoryStore {
    override listFamilies(subject: string, now: number): readonly TokenFamily[] {
      return [...super.listFamilies(subject, now)].reverse()
    }
  },
  'names the family of another user': class extends MemoryStore {
    override renameFamily(id: string, _: string, name: string, now: number): boolean {
      return super.renameFamily(id, super.findDeviceCredential(id, now)?.userGrant?.subject ?? '', name, now)
    }
  },
  'takes users whose names differ in capitals only for one user': class extends MemoryStore {
    readonly #spellings = new Map<string, string>()
    override decide(id: string, userGrant: UserGrant, now: number): DecideResult {
      this.#spellings.set(userGrant.subject.toLowerCase(), userGrant.subject)
      return super.decide(id, userGrant, now)
    }
    override listFamilies(subject: string, now: number): readonly TokenFamily[] {
      return super.listFamilies(this.#spellings.get(subject.toLowerCase()) ?? subject, now)
    }
  },
  'ignores spaces at the end of the keys of attempts': class extends MemoryStore {
    override takeAttempts(budgets: readonly AttemptBudget[], now: number): AttemptRefusal | undefined {
      return super.takeAttempts(
        budgets.map((budget) => ({ ...budget, key: budget.key.trimEnd() })),
        now,
      )
    }
  },
  'finds live families only': class extends MemoryStore {
    override findIds(filter: IncidentFilter, now: number): readonly string[] {
      return super.findIds(filter, now).filter((id) => super.renameFamily(id, this.#subject(id, now), '', now))
    }
    #subject(id: string, now: number): string {
      return super.findDeviceCredential(id, now)?.userGrant?.subject ?? ''
    }
  },
  'finds what is over': class extends MemoryStore {
    override findIds(filter: IncidentFilter): readonly string[] {
      return super.findIds(filter, 0)
    }
  },
  'finds addresses by their spelling': class extends MemoryStore {
    override findIds(filter: IncidentFilter, now: number): readonly string[] {
      const found = super.findIds(filter, now)
      const ip = (id: string): string => super.findDeviceCredential(id, now)?.requester?.ip ?? ''
      return 'requester' in filter ? found.filter((id) => /^[\d.]+$|^[\da-f:]+$/.test(ip(id))) : found
    }
  },
  'sweeps what is still known': class extends MemoryStore {
    override sweep(now: number): number {
      return super.sweep(now + 300_000)
    }
  },
  'allows one attempt too many': class extends MemoryStore {
    override takeAttempts(budgets: readonly AttemptBudget[], now: number): AttemptRefusal | undefined {
      const more = budgets.map((budget) => ({ ...budget, limit: budget.limit + 1 }))
      return super.takeAttempts(more, now)
    }
  },
  'counts in some budgets when another one has nothing left': class extends MemoryStore {
    override takeAttempts(budgets: readonly AttemptBudget[], now: number): AttemptRefusal | undefined {
      for (const [index, budget] of budgets.entries()) {
        const refusal = super.takeAttempts([budget], now)
        if (refusal !== undefined) return { ...refusal, index }
      }
      return undefined
    }
  },
  'counts in the first budget only': class extends MemoryStore {
    override takeAttempts(budgets: readonly AttemptBudget[], now: number): AttemptRefusal | undefined {
      return super.takeAttempts(budgets.slice(0, 1), now)
    }
  },
  'names the last budget in a refusal': class extends MemoryStore {
    override takeAttempts(budgets: readonly AttemptBudget[], now: number): AttemptRefusal | undefined {
      const refusal = super.takeAttempts(budgets, now)
      return refusal && { ...refusal, index: budgets.length - 1 }
    }
  },
  'counts attempts whose callers have given up': class extends MemoryStore {
    readonly clock: StoreClock = { now: Date.now, synchronize: () => undefined, offset: 0 }
  },
  'takes no attempt back': class extends MemoryStore {
    override giveBackAttempts(): void {}
  },
  'tells nobody of a revocation': class extends MemoryStore {
    #isSilent = false
    override watch(id: string, listener: WatchListener): () => void {
      return super.watch(id, (news) => {
        if (!this.#isSilent) listener(news)
      })
    }
    override revoke(id: string, now?: number): boolean {
      this.#isSilent = true
      const revoked = super.revoke(id, now)
      this.#isSilent = false
      return revoked
    }
  },
  'tells of each poll': class extends MemoryStore {
    readonly #listeners = new Map<string, WatchListener>()
    override watch(id: string, listener: WatchListener): () => void {
      this.#listeners.set(id, listener)
      return super.watch(id, listener)
    }
    override pollDeviceCredential(id: string, clientId: string, now?: number, style?: PollStyle): PollResult {
      this.#listeners.get(id)?.('changed')
      return super.pollDeviceCredential(id, clientId, now, style)
    }
  },
  'ends no watch': class extends MemoryStore {
    override watch(id: string, listener: WatchListener): () => void {
      super.watch(id, listener)
      return () => {}
    }
  },
}
