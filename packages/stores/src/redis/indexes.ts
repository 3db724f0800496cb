import type { IncidentFilter, Now } from '@device-auth/core'
import { addressKey } from '@device-auth/core/stores'
import type { RunScript } from './client.ts'
import { instant, whole } from './fields.ts'
import { ANNOUNCED, withPrelude } from './prelude.ts'

/** Parts of the index of a client or of networks: each may be in another slot of a Cluster, so that no slot has them all. */
const SHARDS = 16
/** Records that are read at the same time. */
const CHUNK = 500

/**
 * Adds a member to an index, or sets the end of one that is there; and removes some members that are over. KEYS: sorted set by
 * end; sorted set by text, if the index has one. ARGV: now, end of the member ('' for an hour from now), member, GT to add it or to prolong it, XX to set
 * its end. Returns 1.
 */
const setInIndex: string = withPrelude(`
local ends, member, condition = ARGV[2], ARGV[3], ARGV[4]
if ends == '' then ends = whole(now + ${ANNOUNCED}) end
local old = redis.call('ZRANGEBYSCORE', key, '-inf', whole(now - margin), 'LIMIT', 0, 16)
if #old > 0 then for _, index in ipairs(KEYS) do redis.call('ZREM', index, unpack(old)) end end
redis.call('ZADD', key, condition, ends, member)
if KEYS[2] and condition == 'GT' then redis.call('ZADD', KEYS[2], 0, member) end
local latest = tonumber(redis.call('ZRANGE', key, -1, -1, 'WITHSCORES')[2] or 0)
for _, index in ipairs(KEYS) do expireAfter(index, latest) end
return 1
`)

/** Reads the members that are not over. KEYS: sorted set by end. ARGV: now. Returns the members. */
const readIndex: string = withPrelude(`return redis.call('ZRANGEBYSCORE', key, instant, '+inf')`)

/** Reads the members that begin with a text in a range. KEYS: sorted set by text. ARGV: first text, last text. Returns the members. */
const readTexts: string = `return redis.call('ZRANGEBYLEX', KEYS[1], '[' .. ARGV[1], '[' .. ARGV[2] .. '~')`

/** `GT` adds a member, or prolongs it; `XX` sets the end of a member that is there. */
type Condition = 'GT' | 'XX'

/** The part of a credential that the indexes need. */
export interface Indexed {
  readonly id: string
  readonly clientId: string
  readonly requester?: { readonly ip?: string } | undefined
  readonly userGrant?: { readonly subject: string } | undefined
}

/**
 * The ids of credentials by subject, client and network, in sorted sets below the prefix of the store:
 *
 * - `subject:<subject>`: ids by end, of the user who claimed or approved the request
 * - `client:<shard>:<client id>`: ids by end
 * - `{address:<shard>}:ends`: `<address> <id>` by end
 * - `{address:<shard>}:texts`: the same members in the order of their texts, so that a network is a range of them
 *
 * The end is the time from which the entry is not needed, in epoch milliseconds. Entries that are over go when the next one is written. An
 * entry is written before anybody is told of the change that needs it, and may name a credential that is not what it was: whoever
 * reads an entry must check the credential.
 */
export class Indexes {
  readonly #run: RunScript
  /** Runs a script whose write must not be lost: an incident that misses a family leaves it alive. */
  readonly #keep: RunScript
  readonly #prefix: string

  constructor(run: RunScript, keep: RunScript, prefix: string) {
    this.#run = run
    this.#keep = keep
    this.#prefix = prefix
  }

  /** Adds a credential to the index of a subject. */
  addSubject(subject: string, id: string, end: number, now: Now): Promise<void> {
    return this.#set([this.#subjectKey(subject)], id, end, now, 'GT')
  }

  /** Adds a credential to the index of a subject for an hour (`GT`), or prolongs it by that only if it is there (`XX`). */
  announce(subject: string, id: string, now: Now, condition: Condition = 'GT'): Promise<void> {
    return this.#set([this.#subjectKey(subject)], id, undefined, now, condition)
  }

  /** Adds a redeemed credential to all indexes, until the end of its last token. */
  async addFamily(credential: Indexed, end: number, now: Now): Promise<void> {
    const subject = credential.userGrant?.subject ?? ''
    await Promise.all([this.addSubject(subject, credential.id, end, now), this.addOrigin(credential, end, now)])
  }

  /** Adds a credential to the indexes of clients and of networks. */
  addOrigin(credential: Indexed, end: number, now: Now): Promise<void> {
    return this.#setOrigin(credential, end, now, 'GT')
  }

  /** Sets the end of a credential in all indexes that have it: it is over earlier than was expected. */
  async shorten(credential: Indexed, end: number, now: Now): Promise<void> {
    const subject = credential.userGrant?.subject ?? ''
    await Promise.all([
      this.#set([this.#subjectKey(subject)], credential.id, end, now, 'XX'),
      this.#setOrigin(credential, end, now, 'XX'),
    ])
  }

  /** The ids of the credentials that an incident may be about, each once. */
  async find(filter: IncidentFilter, now: Now): Promise<readonly string[]> {
    const from = [instant(now)]
    if ('subject' in filter) return this.#read(readIndex, this.#subjectKey(filter.subject), from)
    const shards = Array.from({ length: SHARDS }, (_, shard) => {
      if ('clientId' in filter) return this.#read(readIndex, this.#clientKey(filter.clientId, shard), from)
      const { requester } = filter
      return this.#read(readTexts, this.#addressKeys(shard)[1], [requester.from, requester.to])
    })
    const members = (await Promise.all(shards)).flat()
    return members.map((member) => member.slice(member.indexOf(' ') + 1))
  }

  async #setOrigin({ id, clientId, requester }: Indexed, end: number, now: Now, condition: Condition): Promise<void> {
    const shard = shardOf(id)
    const address = requester?.ip === undefined ? undefined : addressKey(requester.ip)
    await Promise.all([
      this.#set([this.#clientKey(clientId, shard)], id, end, now, condition),
      address && this.#set(this.#addressKeys(shard), `${address} ${id}`, end, now, condition),
    ])
  }

  #subjectKey(subject: string): string {
    return `${this.#prefix}subject:${subject}`
  }

  #clientKey(clientId: string, shard: number): string {
    return `${this.#prefix}client:${shard}:${clientId}`
  }

  /** The two sorted sets of the network index, in one slot. */
  #addressKeys(shard: number): readonly [ends: string, texts: string] {
    return [`${this.#prefix}{address:${shard}}:ends`, `${this.#prefix}{address:${shard}}:texts`]
  }

  async #set(
    keys: readonly string[],
    member: string,
    end: number | undefined,
    now: Now,
    condition: Condition,
  ): Promise<void> {
    await this.#keep(setInIndex, keys, [instant(now), end === undefined ? '' : whole(end), member, condition])
  }

  async #read(script: string, key: string, parameters: readonly string[]): Promise<readonly string[]> {
    return ((await this.#run(script, [key], parameters)) as unknown[]).map(String)
  }
}

function shardOf(id: string): number {
  return (id.codePointAt(0) ?? 0) % SHARDS
}

/** Does the same for many records, some at a time. @returns the results that are not `undefined` */
export async function inChunks<Each, Result>(
  all: readonly Each[],
  work: (each: Each) => Promise<Result | undefined>,
): Promise<readonly Result[]> {
  const found: Result[] = []
  for (let at = 0; at < all.length; at += CHUNK) {
    const chunk = await Promise.all(all.slice(at, at + CHUNK).map(work))
    found.push(...chunk.filter((each) => each !== undefined))
  }
  return found
}
