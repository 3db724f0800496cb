import type {
  AttemptBudget,
  AttemptRefusal,
  Claimant,
  ClaimResult,
  DecideResult,
  DeviceCredential,
  DeviceStore,
  FoundToken,
  IncidentFilter,
  Now,
  PollResult,
  PollStyle,
  StoreClock,
  TokenFamily,
  TokenRecord,
  UserCodeClaim,
  UserGrant,
} from '@device-auth/core'
import {
  foundToken,
  hasLiveFamily,
  holdsUserCode,
  isAlive,
  isKnown,
  isUndecided,
  matchesFilter,
  type StoredRecord,
  toCredential,
  tokensEnd,
  tombstoneEnd,
} from '@device-auth/core/stores'
import { lateStep } from '../late-step.ts'
import { tokenFamilies } from '../record.ts'
import { Attempts } from './attempts.ts'
import { newCallId } from './call-id.ts'
import type { RunScript } from './client.ts'
import { createCredential, type Keys, keysUnder } from './creation.ts'
import { bindingSteps } from './decisions.ts'
import { deriveAccessToken } from './derivation-script.ts'
import { instant, recordFromHash, timeFromReply, tokenArguments, whole } from './fields.ts'
import { type Indexed, Indexes, inChunks } from './indexes.ts'
import * as pollScripts from './poll-scripts.ts'
import * as scripts from './scripts.ts'
import { type NoteUse, useNotes } from './token-use.ts'

/** Approved credentials that are remembered from the poll that found them to their redemption. */
const MAX_APPROVED = 1_000

/** The answers to polls that a device does not ask for again. */
const finalStatuses: ReadonlySet<PollResult['status']> = new Set(['redeemed', 'denied', 'cancelled', 'revoked'])

type Wanted = (record: StoredRecord, now: number) => boolean

/** A credential as it was read, and the time to judge it by, in epoch milliseconds. */
interface Reading {
  readonly record: StoredRecord | undefined
  readonly at: number
}

/** The parts of the store. */
export interface RedisParts {
  readonly run: RunScript
  /** Runs a script and, with the option `wait`, waits until the replicas have its write, so that a failover does not lose it. */
  readonly keep: RunScript
  readonly prefix: string
  readonly clock: StoreClock
  /** Is told of errors that no step rejects with. */
  readonly onError: (error: Error) => void
  /** True if one server runs all commands in the order in which they are sent. */
  readonly isOrdered: boolean
}

/** The store contract in Lua. Each step is one script on one key; indexes are other keys. */
export class RedisStore implements DeviceStore {
  readonly shared = true
  readonly #run: RunScript
  readonly #keep: RunScript
  readonly #keys: Keys
  readonly #indexes: Indexes
  readonly #attempts: Attempts
  /** The part of approved credentials that the indexes need: a redemption does not have to read it again. */
  readonly #approved = new Map<string, Indexed>()
  readonly clock: StoreClock
  readonly #noteUse: NoteUse
  readonly #binding: ReturnType<typeof bindingSteps>

  constructor({ run, keep, prefix, clock, onError, isOrdered }: RedisParts) {
    this.#run = run
    this.#keep = keep
    this.#keys = keysUnder(prefix)
    this.#indexes = new Indexes(run, keep, prefix)
    this.#attempts = new Attempts(run, prefix)
    this.clock = clock
    const parts = { run, keep, keys: this.#keys, indexes: this.#indexes }
    this.#binding = bindingSteps({ ...parts, attempts: this.#attempts, isOrdered })
    this.#noteUse = useNotes({ ...parts, onError })
  }

  createDeviceCredential(credential: DeviceCredential): Promise<boolean> {
    return createCredential(this.#run, this.#keep, this.#keys, this.#indexes, credential)
  }

  async findDeviceCredential(id: string, now: Now): Promise<DeviceCredential | undefined> {
    const { record, at } = await this.#read(id, now)
    if (record !== undefined && !isUndecided(record, at)) await this.#confirm(id)
    return record && isKnown(record, at) ? toCredential(record) : undefined
  }

  async pollDeviceCredential(id: string, clientId: string, now: Now, style?: PollStyle): Promise<PollResult> {
    const isDated = now === undefined && this.clock.offset !== undefined
    const values = [instant(now), clientId, style ?? 'form', isDated ? String(this.clock.now()) : '', newCallId()]
    const reply = await this.#run(pollScripts.poll, [this.#keys.credential(id)], values)
    if (!Array.isArray(reply)) return { status: 'unknown' }
    const result = pollScripts.readPoll(id, clientId, reply, style)
    if (result.status === 'approved') this.#rememberApproved(result.credential)
    else if (finalStatuses.has(result.status)) await this.#confirm(id)
    return result
  }

  async slowDown(id: string, clientId: string, now: Now): Promise<number | undefined> {
    const values = [instant(now), clientId, newCallId()]
    const interval = await this.#run(pollScripts.slowDown, [this.#keys.credential(id)], values)
    return interval == null ? undefined : Number(interval)
  }

  async findByUserCode(userCodeHash: string, now: Now): Promise<DeviceCredential | undefined> {
    const id = String(await this.#run(scripts.readUserCode, [this.#keys.userCode(userCodeHash)], []))
    // a code that nobody has costs as much as one that somebody has: the time of the answer does not tell them apart
    const { record, at } = await this.#read(id, now)
    if (record?.userCodeHash !== userCodeHash) return undefined
    if (!isUndecided(record, at)) await this.#confirm(id)
    return holdsUserCode(record, at) ? toCredential(record) : undefined
  }

  claim(id: string, claimant: Claimant, now: Now): Promise<ClaimResult> {
    return this.#binding.claim(id, claimant, now)
  }

  claimByUserCode(
    userCodeHashes: readonly string[],
    claimant: Claimant,
    budgets: readonly AttemptBudget[],
    now: Now,
    until?: number,
  ): Promise<AttemptRefusal | UserCodeClaim> {
    return this.#binding.claimByUserCode(userCodeHashes, claimant, budgets, now, until)
  }

  decide(id: string, userGrant: UserGrant, now: Now): Promise<DecideResult> {
    return this.#binding.decide(id, userGrant, now)
  }

  async lease(id: string, owner: string, until: number, now: Now, refreshTokenHash?: string): Promise<boolean> {
    const values = [instant(now), owner, whole(until)]
    if (refreshTokenHash === undefined) return this.#step(scripts.lease, id, ...values)
    return this.#step(scripts.leaseFamily, id, ...values, refreshTokenHash)
  }

  async release(id: string, owner: string): Promise<void> {
    await this.#step(scripts.release, id, '0', owner)
  }

  async redeem(id: string, tokens: TokenRecord, sealedResponse: string, now: Now, owner = ''): Promise<boolean> {
    const values = tokenArguments(tokens)
    const indexed = this.#approved.get(id) ?? (await this.#read(id, now)).record
    if (indexed === undefined) return false
    this.#approved.delete(id)
    const [redeemed] = await Promise.all([
      this.#change(scripts.redeem, id, instant(now), owner, sealedResponse, ...values, newCallId()),
      this.#indexes.addFamily(indexed, Number(values[2]), now),
    ])
    if (!redeemed) await this.#shortenUnredeemed(id, now)
    return redeemed
  }

  #rememberApproved({ id, clientId, requester, userGrant }: DeviceCredential): void {
    if (this.#approved.size >= MAX_APPROVED) this.#approved.clear()
    this.#approved.set(id, { id, clientId, requester, userGrant })
  }

  /** A redemption that did not happen has no tokens for which the credential must stay in the indexes. */
  async #shortenUnredeemed(id: string, now: Now): Promise<void> {
    const { record } = await this.#read(id, now)
    if (record !== undefined && (record.family === undefined || record.ended)) {
      await this.#indexes.shorten(record, tombstoneEnd(record), now)
    }
  }

  async findToken(id: string, tokenHash: string, now: Now): Promise<FoundToken | undefined> {
    const { record, at } = await this.#read(id, now)
    const found = foundToken(record, tokenHash, at)
    if (record !== undefined && found === undefined) await this.#confirm(id)
    if (record?.family === undefined || found?.type !== 'access_token') return found
    await this.#noteUse({ ...record, family: record.family }, tokenHash, { now, at })
    return found
  }

  async replayRotation(id: string, replacedHash: string, now: Now, until?: number): Promise<string | undefined> {
    // first, so that a repetition that cannot be given, because a replica or an index of another master is away, is not used up
    await this.#confirm(id)
    const { record: rotated } = await this.#read(id, now)
    if (rotated?.family?.rotated?.hash !== replacedHash) return undefined
    await this.#indexes.addFamily(rotated, tokensEnd(rotated.family), now)
    const values = [instant(now), replacedHash, instant(until), newCallId()]
    const reply = await this.#keep(scripts.replayRotation, [this.#keys.credential(id)], values)
    if (String(reply) === 'late') throw lateStep('redisStore')
    return recordFromHash(id, reply)?.family?.rotated?.sealedResponse
  }

  async rotateRefreshToken(
    id: string,
    currentHash: string,
    tokens: TokenRecord,
    sealedResponse: string,
    now: Now,
    owner = '',
  ): Promise<boolean> {
    const values = tokenArguments(tokens)
    const rotation = [instant(now), currentHash, owner, sealedResponse, ...values, newCallId()]
    const record = recordFromHash(id, await this.#keep(scripts.rotate, [this.#keys.credential(id)], rotation))
    if (record?.family === undefined) return false
    await this.#indexes.addFamily(record, tokensEnd(record.family), now)
    return true
  }

  async deriveAccessToken(id: string, subjectHash: string, tokens: TokenRecord, now: Now): Promise<boolean> {
    const values = [instant(now), subjectHash, ...tokenArguments(tokens), newCallId()]
    return this.#change(deriveAccessToken, id, ...values)
  }

  async revokeAccessToken(id: string, tokenHash: string): Promise<boolean> {
    return this.#change(scripts.removeAccessToken, id, '0', tokenHash)
  }

  async revoke(id: string, now: Now): Promise<boolean> {
    const reply = await this.#keep(scripts.revoke, [this.#keys.credential(id)], [instant(now), newCallId()])
    const record = recordFromHash(id, reply)
    if (record?.family !== undefined) await this.#indexes.shorten(record, tombstoneEnd(record), now)
    return record !== undefined
  }

  async listFamilies(subject: string, now: Now): Promise<readonly TokenFamily[]> {
    const records = await this.#search({ subject }, now, hasLiveFamily)
    return [...tokenFamilies(records)].sort((one, other) => one.createdAt - other.createdAt)
  }

  async findIds(filter: IncidentFilter, now: Now): Promise<readonly string[]> {
    return (await this.#search(filter, now, isAlive)).map(({ id }) => id)
  }

  async renameFamily(id: string, subject: string, name: string, now: Now): Promise<boolean> {
    return this.#change(scripts.rename, id, instant(now), subject, name)
  }

  takeAttempts(budgets: readonly AttemptBudget[], now: Now, until?: number): Promise<AttemptRefusal | undefined> {
    return this.#attempts.take(budgets, now, until)
  }

  giveBackAttempts(keys: readonly string[], now: Now): Promise<void> {
    return this.#attempts.giveBack(keys, now)
  }

  /** Does nothing: Redis deletes the keys itself, by their time to live. */
  async sweep(): Promise<number> {
    return 0
  }

  /** Does nothing. The Redis client belongs to the application, which closes it. */
  async close(): Promise<void> {}

  /** Runs a script that returns 1 or 0. @returns true for 1 */
  async #step(script: string, id: string, ...parameters: readonly string[]): Promise<boolean> {
    return Number(await this.#run(script, [this.#keys.credential(id)], parameters)) === 1
  }

  /** Runs a script that returns 1 or 0 and, with the option `wait`, waits for the replicas. Returns true for 1. */
  async #change(script: string, id: string, ...parameters: readonly string[]): Promise<boolean> {
    return Number(await this.#keep(script, [this.#keys.credential(id)], parameters)) === 1
  }

  /**
   * Waits until the replicas have all earlier writes to a credential. A step that finds something done is the answer to a
   * request whose first attempt may have been refused, because the replicas did not have its write in time.
   */
  async #confirm(id: string): Promise<void> {
    if (this.#keep !== this.#run) await this.#keep(scripts.touch, [this.#keys.credential(id)], [])
  }

  async #read(id: string, now: Now): Promise<Reading> {
    const [fields, time] = (await this.#run(scripts.read, [this.#keys.credential(id)], [])) as unknown[]
    return { record: recordFromHash(id, fields), at: now ?? timeFromReply(time) }
  }

  /** Reads the records of an incident. Indexes may name too many, so each record is checked. */
  async #search(filter: IncidentFilter, now: Now, wanted: Wanted): Promise<readonly StoredRecord[]> {
    const readings = await inChunks(await this.#indexes.find(filter, now), (id) => this.#read(id, now))
    const found = readings.filter(({ record }) => record !== undefined && matchesFilter(record, filter))
    await inChunks(found, async ({ record }) => (record?.ended ? this.#confirm(record.id) : undefined))
    return found.flatMap(({ record, at }) => (record !== undefined && wanted(record, at) ? [record] : []))
  }
}
