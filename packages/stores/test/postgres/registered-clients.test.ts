import { randomBytes } from 'node:crypto'
import { registeredClientStoreContract } from '@device-auth/core/testing'
import { migrate, postgresRegisteredClients, postgresStore } from '@device-auth/stores/postgres'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { freePort } from '../../../../tests/free-port.ts'
import { describeWith } from '../../../../tests/missing.ts'
import { expectOneFleet, newClient } from '../application/registered-fleet.ts'
import { givenOrOwnPostgres, noPostgres } from './postgres-server.ts'

const given = process.env.DATABASE_URL !== undefined
const options = { schema: `device_auth_${randomBytes(6).toString('hex')}` }
const table = `${options.schema}.device_auth_registered_clients`

describeWith(given ? undefined : noPostgres(), 'postgresRegisteredClients', () => {
  let server: Awaited<ReturnType<typeof givenOrOwnPostgres>>
  let pool: pg.Pool

  beforeAll(async () => {
    server = await givenOrOwnPostgres()
    pool = new pg.Pool({ connectionString: server.url, connectionTimeoutMillis: 5_000, max: 20 })
    pool.on('error', () => {})
    await migrate(pool, options)
  })

  afterAll(async () => {
    await pool.query(`DROP SCHEMA ${options.schema} CASCADE`)
    await pool.end()
    await server.stop()
  })

  async function emptied() {
    await pool.query(`DELETE FROM ${table}`)
    return postgresRegisteredClients(pool, options)
  }

  async function count(): Promise<number> {
    const { rows } = await pool.query(`SELECT count(*) FROM ${table}`)
    return Number(rows[0].count)
  }

  describe('meets the contract', () => {
    for (const { name, run } of registeredClientStoreContract(emptied)) test(name, run)
  })

  test('two nodes have the same clients', async () => {
    const node = () => ({
      store: postgresStore(pool, { ...options, sweepInterval: 0 }),
      clients: postgresRegisteredClients(pool, options),
    })
    await expectOneFleet(node(), node())
  })

  test.each(['repeatable read', 'serializable'])('with %s as default, no client is too many', async (isolation) => {
    await emptied()
    const strict = new pg.Pool({
      connectionString: server.url,
      max: 6,
      options: `-c default_transaction_isolation=${isolation.replace(' ', '\\ ')}`,
    })
    const clients = postgresRegisteredClients(strict, options)
    for (let round = 0; round < 5; round++) {
      const insertions = Array.from({ length: 6 }, async () => clients.insert(newClient(), 3 + round))
      // a transaction that has failed again and again is told as a failure, and has added nothing
      const settled = await Promise.allSettled(insertions)
      const added = settled.filter((each) => each.status === 'fulfilled' && each.value)
      expect(added.length).toBeLessThanOrEqual(round === 0 ? 3 : 1)
      expect(await count()).toBe(3 + round)
    }
    await strict.end()
  })

  test('rows that were deleted by hand make room', async () => {
    const clients = await emptied()
    expect([await clients.insert(newClient(), 1), await clients.insert(newClient(), 1)]).toEqual([true, false])
    await pool.query(`DELETE FROM ${table}`)
    expect(await clients.insert(newClient(), 1)).toBe(true)
  })

  test('a failing database rejects, and says nothing about clients', async () => {
    const clients = postgresRegisteredClients(new pg.Pool({ host: '127.0.0.1', port: await freePort() }))
    await expect(clients.find('registered-one')).rejects.toThrow('ECONNREFUSED')
    await expect(clients.insert(newClient(), 1)).rejects.toThrow('ECONNREFUSED')
    const missing = postgresRegisteredClients(pool, { ...options, tablePrefix: 'missing_' })
    await expect(missing.insert(newClient(), 1)).rejects.toThrow('Call migrate() first.')
  })

  test('refuses a wrong client and a misspelt option', () => {
    expect(() => Reflect.apply(postgresRegisteredClients, undefined, [{}])).toThrow(
      'postgresRegisteredClients needs a client as its first argument, such as new Pool() of pg.',
    )
    expect(() => Reflect.apply(postgresRegisteredClients, undefined, [pool, { sweepInterval: 1 }])).toThrow(
      'sweepInterval',
    )
  })
})
