import { OptionError } from '@device-auth/core'
import { describe, expect, it } from 'vitest'
import { migrate, postgresStore } from '../src/postgres/index.ts'
import { redisRegisteredClients, redisStore } from '../src/redis/index.ts'
import { sqliteStore } from '../src/sqlite/index.ts'

const pool = { query: async () => [] }
const node = { eval: async () => 1, evalSha: async () => 1, multi: () => undefined }
const io = { eval: async () => 1, evalsha: async () => 1, pipeline: () => undefined }
const database = { exec: () => undefined, prepare: () => ({ all: () => [{ version: '3.50.0' }] }) }

type Make = (...given: never[]) => unknown

/** Calls a function as a JavaScript user may, with arguments that its types refuse. */
function call(make: Make, ...given: readonly unknown[]): () => unknown {
  return () => Reflect.apply(make, undefined, given)
}

describe.each<[string, Make, string]>([
  ['postgresStore', postgresStore, 'new Pool() of pg'],
  ['redisStore', redisStore, 'new Redis() of ioredis or createClient() of redis'],
  ['sqliteStore', sqliteStore, 'new Database(file) of better-sqlite3'],
])('%s', (name, make, example) => {
  it.each([undefined, null, 'postgres://user:hunter2@localhost/db', { client: pool }, {}, class Pool {}])(
    'refuses %o as its client, and shows nothing of it',
    (client) => {
      expect(call(make, client)).toThrow(
        new TypeError(
          `${name} needs a client as its first argument, such as ${example}. See the README of @device-auth/stores.`,
        ),
      )
    },
  )
})

describe('a client of Redis over HTTP', () => {
  // the client of @upstash/redis has the methods of ioredis, and takes keys and arguments as lists
  const upstash = { ...io, multi: () => undefined, evalRo: async () => 1, evalshaRo: async () => 1 }

  it.each<[string, Make]>([
    ['redisStore', redisStore],
    ['redisRegisteredClients', redisRegisteredClients],
  ])('is refused by %s, which names the address to use', (name, make) => {
    expect(call(make, upstash)).toThrow(
      new TypeError(
        `${name}: a client that sends commands over HTTP, as @upstash/redis, does not fit; connect ioredis to the rediss:// address of the same database. See the README of @device-auth/stores.`,
      ),
    )
  })
})

describe.each<[Make, unknown, unknown, string]>([
  [
    postgresStore,
    pool,
    { tableprefix: 'x' },
    'postgresStore: option `tableprefix` is unknown; did you mean `tablePrefix`?',
  ],
  [postgresStore, pool, { sweepIntervall: 0 }, 'did you mean `sweepInterval`?'],
  [postgresStore, pool, { schema: 'a"; DROP' }, 'expected a name of at most 63 lower-case letters, digits and _'],
  [postgresStore, pool, { tablePrefix: `a${'b'.repeat(41)}` }, 'expected a name of at most 41 lower-case letters'],
  [postgresStore, pool, { sweepInterval: '60' }, 'is "60"; expected a number of seconds from 0 to 86400.'],
  [postgresStore, pool, { sweepInterval: 86_401 }, 'expected a number of seconds from 0 to 86400.'],
  [redisStore, node, { prefix: 'x:' }, 'redisStore: option `prefix` is unknown'],
  [redisStore, node, { keyprefix: 'x:' }, 'did you mean `keyPrefix`?'],
  [redisStore, io, { keyPrefix: 5 }, 'option `keyPrefix` is 5; expected a string.'],
  [redisStore, io, { onError: 'log' }, 'expected a function'],
  [redisStore, io, { wait: 1 }, 'option `wait` is 1; expected { replicas: a whole number from 1 to 1000'],
  [redisStore, io, { wait: {} }, 'option `wait` is an object with no members; expected { replicas:'],
  [
    redisStore,
    io,
    { wait: { replicas: 1, timeOut: 1 } },
    'option `wait` is an object with replicas, timeOut; expected',
  ],
  [redisStore, io, { wait: { replicas: '1' } }, 'option `wait` is an object with replicas; expected'],
  [sqliteStore, database, { busyTimeOut: 5 }, 'did you mean `busyTimeout`?'],
  [sqliteStore, database, { busyTimeout: -1 }, 'expected a whole number of milliseconds from 0 to 600000.'],
  [sqliteStore, database, { tablePrefix: '' }, 'expected a name of at most 41 letters, digits and _'],
])('%o', (make, client, options, message) => {
  it(`refuses ${JSON.stringify(options)}`, () => {
    expect(call(make, client, options)).toThrow(OptionError)
    expect(call(make, client, options)).toThrow(message)
  })
})

it.each<[Make, unknown]>([
  [postgresStore, pool],
  [redisStore, node],
  [sqliteStore, database],
])('%o refuses options that are no object', (make, client) => {
  expect(call(make, client, 'x')).toThrow('needs an object of options, not "x". See the README of @device-auth/stores.')
})

it('null counts as not given', async () => {
  const intervals: number[] = []
  const given = globalThis.setInterval
  globalThis.setInterval = ((work: () => void, milliseconds: number) => {
    intervals.push(milliseconds)
    return given(work, milliseconds)
  }) as typeof setInterval
  try {
    const store = call(postgresStore, pool, { schema: null, tablePrefix: null, sweepInterval: null })()
    await (store as ReturnType<typeof postgresStore>).close()
  } finally {
    globalThis.setInterval = given
  }
  expect(intervals).toEqual([60_000])
  expect(call(redisStore, io, { keyPrefix: null, onError: null, wait: null })).not.toThrow()
  expect(call(redisStore, io, { wait: { replicas: 1, timeout: null } })).not.toThrow()
  expect(call(redisStore, io, null)).not.toThrow()
  expect(call(sqliteStore, database, { tablePrefix: null, busyTimeout: null })).not.toThrow()
})

it('migrate checks its arguments too, and takes the options of the store', async () => {
  await expect(call(migrate, undefined)()).rejects.toThrow('migrate needs a client as its first argument')
  await expect(call(migrate, pool, { scheme: 'x' })()).rejects.toThrow(
    'option `scheme` is unknown; did you mean `schema`?',
  )
  await expect(call(migrate, pool, { schema: 'x', sweepInterval: 0 })()).resolves.toBeUndefined()
})
