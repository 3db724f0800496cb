import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { registeredClientStoreContract } from '@device-auth/core/testing'
import { sqliteRegisteredClients, sqliteStore } from '@device-auth/stores/sqlite'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { describeWith } from '../../../../tests/missing.ts'
import { expectOneFleet, newClient } from '../application/registered-fleet.ts'
import { newCredential } from '../credentials.ts'
import { drivers, noSqlite, type OwnDatabase, openSqlite } from './database.mjs'

const folder = mkdtempSync(join(tmpdir(), 'device-auth-sqlite-'))

afterAll(() => rmSync(folder, { recursive: true }))

describe.each(Object.entries(drivers))('sqliteRegisteredClients over %s', (kind, open) => {
  let own: OwnDatabase

  beforeAll(() => {
    own = open(join(folder, `${kind.replace(':', '-')}.db`))
    sqliteRegisteredClients(own)
  })

  afterAll(() => own.close())

  const emptied = () => {
    own.exec('DELETE FROM device_auth_registered_clients')
    return sqliteRegisteredClients(own)
  }

  for (const { name, run } of registeredClientStoreContract(emptied)) test(name, run)
})

describeWith(noSqlite, 'sqliteRegisteredClients', () => {
  test('two connections to one file have the same clients, and one number of them', async () => {
    const connections = [0, 1].map(() => openSqlite(join(folder, 'shared.db')))
    const [one, other] = connections.map((own) => ({ store: sqliteStore(own), clients: sqliteRegisteredClients(own) }))
    await expectOneFleet(one!, other!)
    const insertions = Array.from({ length: 10 }, (_, index) =>
      (index % 2 === 0 ? one! : other!).clients.insert(newClient(), 3),
    )
    expect((await Promise.all(insertions)).filter(Boolean)).toHaveLength(3)
    for (const own of connections) own.close()
  })

  test('what sqliteStore wants on the disk gets there, although both stores use one connection', async () => {
    const own = openSqlite(join(folder, 'one-connection.db'))
    const [store, clients] = [sqliteStore(own), sqliteRegisteredClients(own)]
    // 2: a step waits for the disk; 1: it does not
    const mode = () => Object.values((own.prepare('PRAGMA synchronous').all({}) as readonly object[])[0]!)[0]
    await store.createDeviceCredential(newCredential())
    expect(mode()).toBe(2)
    await clients.find('registered-unknown')
    expect(mode()).toBe(1)
    await store.createDeviceCredential(newCredential())
    expect(mode()).toBe(2)
    await store.takeAttempts([{ key: 'key', limit: 1, window: 60 }], 0)
    expect(mode()).toBe(1)
    await clients.insert(newClient(), 1)
    expect(mode()).toBe(2)
    own.close()
  })

  test('check() writes a client of its own, leaves nothing behind, and names what fails', async () => {
    const own = openSqlite(join(folder, 'checked.db'))
    const clients = sqliteRegisteredClients(own)
    expect(await clients.check?.()).toEqual([])
    expect(own.prepare('SELECT client_id FROM device_auth_registered_clients').all({})).toEqual([])
    own.exec(`CREATE TRIGGER kept BEFORE UPDATE ON device_auth_registered_clients BEGIN SELECT raise(IGNORE); END`)
    await expect(clients.check?.()).rejects.toThrow('a client cannot be replaced')
    own.exec('PRAGMA query_only = 1')
    await expect(clients.check?.()).rejects.toThrow('the file cannot be written')
    own.close()
  })

  test('a file of an earlier release gets the table', async () => {
    const own = openSqlite(join(folder, 'earlier.db'))
    sqliteStore(own)
    own.exec('DROP TABLE device_auth_registered_clients; UPDATE device_auth_schema SET version = 4')
    expect(await sqliteRegisteredClients(own).insert(newClient(), 1)).toBe(true)
    own.close()
  })

  test('with a full disk an insertion rejects, and the clients are found', async () => {
    const own = openSqlite(join(folder, 'full.db'))
    const [clients, client] = [sqliteRegisteredClients(own), newClient()]
    await clients.insert(client, 10)
    const [{ page_count }] = own.prepare('PRAGMA page_count').all({}) as [{ readonly page_count: number }]
    own.exec(`PRAGMA max_page_count = ${page_count}`)
    const large = newClient({ softwareStatement: 'x'.repeat(100_000) })
    await expect(clients.insert(large, 10)).rejects.toThrow('full')
    expect(await clients.find(client.client.client_id)).toEqual(client)
    expect(await clients.find(large.client.client_id)).toBeUndefined()
    own.close()
  })

  test('refuses a wrong database', () => {
    expect(() => Reflect.apply(sqliteRegisteredClients, undefined, [{}])).toThrow(
      'sqliteRegisteredClients needs a client as its first argument',
    )
  })
})
