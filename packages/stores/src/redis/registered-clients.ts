import type { RegisteredClient, RegisteredClientStore } from '@device-auth/core'
import { checkedClients } from '../registered-clients-check.ts'
import { checkStore } from '../store-options.ts'
import { newCallId } from './call-id.ts'
import { explained } from './check.ts'
import { expectedClient, type RedisClient, scriptsOn } from './client.ts'
import { warnOfMissingDeadline } from './deadlines.ts'
import { defaultPrefix, keyChecks, type RedisKeyOptions } from './key-options.ts'
import { DEFAULT_TIMEOUT, scriptsReplicatedOn } from './replicas.ts'

/** The JSON of the record behind the revision and the id of the call that wrote it, each with a space behind it. */
const layout = '^(%d+) (%S+) (.*)$'

/**
 * Writes a record if the stored one allows it. The same call may be sent again because its connection broke: then it writes again, so that
 * replicas are waited for, and has the same result. KEYS: the clients. ARGV: the id, the revision, the JSON, the call, and a limit.
 * Returns 1, or 0 if nothing was written.
 */
const writeIf = (allowed: string): string => `
local clients, id, revision, json, call = KEYS[1], ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local stored, storedCall = string.match(redis.call('HGET', clients, id) or '', '${layout}')
if storedCall ~= call and not (${allowed}) then return 0 end
redis.call('HSET', clients, id, revision .. ' ' .. call .. ' ' .. json)
return 1
`
const insert = writeIf(`not stored and redis.call('HLEN', clients) < tonumber(ARGV[5])`)
const replace = writeIf('stored and tonumber(stored) == tonumber(revision) - 1')

/** Finds a record. KEYS: the clients. ARGV: the id. Returns its JSON, or nil. */
const find = `
local _, _, json = string.match(redis.call('HGET', KEYS[1], ARGV[1]) or '', '${layout}')
return json
`
/** Removes a record. KEYS: the clients. ARGV: the id. Returns 1, or 0 if there was none. */
const remove = `return redis.call('HDEL', KEYS[1], ARGV[1])`

/**
 * A store of registered clients in Redis 6.2 or later, or in Valkey, for any number of nodes. All clients are in one hash, so each
 * step is one script on one key, also on a Cluster: a step that adds a client counts the others. The key does not expire, so the server
 * must write to its disk (`appendonly yes`), and evict nothing.
 *
 * @param client of `ioredis` or `redis`, which may be that of `redisStore`; you close it yourself.
 * @throws {TypeError} for a client without the methods of a driver, a misspelt option or a wrong value.
 * @see {@link https://www.rfc-editor.org/rfc/rfc7591#section-3 RFC 7591 section 3}
 */
export function redisRegisteredClients(client: RedisClient, options: RedisKeyOptions = {}): RegisteredClientStore {
  const given = checkStore(expectedClient('redisRegisteredClients'), client, options, keyChecks)
  const { keyPrefix = defaultPrefix, wait } = given
  const run = scriptsOn(client)
  const keep = wait === undefined ? run : scriptsReplicatedOn(client, wait)
  warnOfMissingDeadline(client, wait === undefined ? 0 : (wait.timeout ?? DEFAULT_TIMEOUT))
  const keys = [`${keyPrefix}registered-clients`]
  const write = async (script: string, record: RegisteredClient, ...limit: readonly string[]): Promise<boolean> => {
    const { client: registered, revision } = record
    const values = [registered.client_id, String(revision), JSON.stringify(record), newCallId(), ...limit]
    return (await keep(script, keys, values)) === 1
  }
  const steps: RegisteredClientStore = {
    async find(clientId) {
      const json = await run(find, keys, [clientId])
      return json == null ? undefined : JSON.parse(String(json))
    },
    insert: (record, maxClients) => write(insert, record, String(maxClients)),
    replace: (record) => write(replace, record),
    remove: async (clientId) => (await keep(remove, keys, [clientId])) === 1,
  }
  return checkedClients('redisRegisteredClients', steps, explained)
}
