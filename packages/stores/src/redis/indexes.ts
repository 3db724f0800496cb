import { addressKey, type IncidentFilter } from '@device-auth/core'
import type { RunScript } from './client.ts'
import { whole } from './fields.ts'
import { addToIndex, readIndex, readTexts } from './index-scripts.ts'

/** A client has all of its devices in one index: parts of it lie in different slots of a cluster. */
const SHARDS = 16
/** Records that are read at a time where an index names many. */
const CHUNK = 500

/** What a credential is found by. */
export interface Indexed {
  readonly id: string
  readonly clientId: string
  readonly requester?: { readonly ip?: string } | undefined
}

interface IndexedGrant extends Indexed {
  readonly userGrant?: { readonly subject: string } | undefined
}

/**
 * Which credentials there are of a subject, a client or a network. An entry is there before the credential is what it
 * says, and may stay when it is not any more: whoever reads it looks at the credential.
 */
export class Indexes {
  readonly #run: RunScript
  readonly #prefix: string

  constructor(run: RunScript, prefix: string) {
    this.#run = run
    this.#prefix = prefix
  }

  async addSubject(subject: string, id: string, end: number, now: number): Promise<void> {
    await this.#add([`${this.#prefix}subject:${subject}`], id, end, now)
  }

  /** To all of them. */
  async addGrant(grant: IndexedGrant, end: number, now: number): Promise<void> {
    const subject = grant.userGrant?.subject ?? ''
    await Promise.all([this.addSubject(subject, grant.id, end, now), this.addOrigin(grant, end, now)])
  }

  /** To the indexes of clients and of networks. */
  async addOrigin({ id, clientId, requester }: Indexed, end: number, now: number): Promise<void> {
    const shard = shardOf(id)
    const address = requester?.ip === undefined ? undefined : addressKey(requester.ip)
    await Promise.all([
      this.#add([this.#clientKey(clientId, shard)], id, end, now),
      address === undefined ? undefined : this.#add(this.#addressKeys(shard), `${address} ${id}`, end, now),
    ])
  }

  /** The ids of all that may be meant, each once. */
  async find(filter: IncidentFilter, now: number): Promise<readonly string[]> {
    const from = [whole(now)]
    if ('subject' in filter) return this.#read(readIndex, `${this.#prefix}subject:${filter.subject}`, from)
    const shards = Array.from({ length: SHARDS }, (_, shard) => {
      if ('clientId' in filter) return this.#read(readIndex, this.#clientKey(filter.clientId, shard), from)
      const { requester } = filter
      return this.#read(readTexts, this.#addressKeys(shard)[1], [requester.from, requester.to])
    })
    const members = (await Promise.all(shards)).flat()
    return members.map((member) => member.slice(member.indexOf(' ') + 1))
  }

  #clientKey(clientId: string, shard: number): string {
    return `${this.#prefix}client:${shard}:${clientId}`
  }

  /** Ends and texts, in one slot. */
  #addressKeys(shard: number): readonly [ends: string, texts: string] {
    return [`${this.#prefix}{address:${shard}}:ends`, `${this.#prefix}{address:${shard}}:texts`]
  }

  async #add(keys: readonly string[], member: string, end: number, now: number): Promise<void> {
    await this.#run(addToIndex, keys, [whole(now), whole(end), member])
  }

  async #read(script: string, key: string, parameters: readonly string[]): Promise<readonly string[]> {
    return ((await this.#run(script, [key], parameters)) as unknown[]).map(String)
  }
}

function shardOf(id: string): number {
  return (id.codePointAt(0) ?? 0) % SHARDS
}

/** Reads what ids lead to, without what is not there any more. */
export async function inChunks<T>(
  ids: readonly string[],
  read: (id: string) => Promise<T | undefined>,
): Promise<readonly T[]> {
  const found: T[] = []
  for (let at = 0; at < ids.length; at += CHUNK) {
    const chunk = await Promise.all(ids.slice(at, at + CHUNK).map(read))
    found.push(...chunk.filter((each) => each !== undefined))
  }
  return found
}
