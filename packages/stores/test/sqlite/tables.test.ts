import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { storeContract } from '@device-auth/core/testing'
import { sqliteStore } from '@device-auth/stores/sqlite'
import { afterAll, expect, test } from 'vitest'
import { describeWith } from '../../../../tests/missing.ts'
import { SCHEMA_VERSION, sqliteSchema, sqliteTables } from '../../src/sqlite/schema.ts'
import { newCredential } from '../credentials.ts'
import { noSqlite, openSqlite } from './database.mjs'

const folder = mkdtempSync(join(tmpdir(), 'device-auth-sqlite-'))
const tables = sqliteTables('device_auth_')

afterAll(() => rmSync(folder, { recursive: true }))

describeWith(noSqlite, 'the tables of sqliteStore', () => {
  test('a file of an earlier release gets the columns that were added since, once', async () => {
    const own = openSqlite(join(folder, 'earlier.db'))
    own.exec(sqliteSchema(tables, 'device_auth_'))
    // the first releases had no table for the version
    own.exec('DROP TABLE device_auth_schema')
    const now = Date.now()
    const credential = newCredential(now)
    expect(await sqliteStore(own).createDeviceCredential(credential)).toBe(true)
    const store = sqliteStore(own)
    expect(own.prepare('SELECT version FROM device_auth_schema').all({})).toEqual([{ version: SCHEMA_VERSION }])
    expect((await store.pollDeviceCredential(credential.id, 'tv', now)).status).toBe('pending')
    for (const { name, run } of storeContract(() => store, { seeds: [1], steps: 200 })) {
      if (/rotation|random/.test(name)) await run()
    }
    own.close()
  })

  test('a change of the tables raises their version', () => {
    const own = openSqlite(':memory:')
    sqliteStore(own)
    const statements = own.prepare('SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY name').all({})
    const hash = createHash('sha256')
      .update(JSON.stringify(statements).replace(/(?:\s|\\n)+/g, ' '))
      .digest('hex')
    const advice =
      'The tables have changed. Raise SCHEMA_VERSION, or files of this version never get the change. Then write both values here.'
    expect({ version: SCHEMA_VERSION, tables: hash.slice(0, 16) }, advice).toEqual({
      version: 5,
      tables: '135bf1427006fb3c',
    })
    own.close()
  })

  test('a file whose tables a newer release has changed is refused, and stays as it is', () => {
    const own = openSqlite(join(folder, 'newer.db'))
    sqliteStore(own)
    own.exec(`UPDATE device_auth_schema SET version = ${SCHEMA_VERSION + 1}`)
    own.exec('DROP INDEX device_auth_client')
    expect(() => sqliteStore(own)).toThrow(
      `sqliteStore: The tables are of version ${SCHEMA_VERSION + 1}, newer than version ${SCHEMA_VERSION} of this release. Update this node as well.`,
    )
    expect(own.prepare("SELECT 1 FROM sqlite_master WHERE name = 'device_auth_client'").all({})).toEqual([])
    // another prefix has tables of its own
    sqliteStore(own, { tablePrefix: 'other_' })
    own.close()
  })

  test('a process whose file is upgraded by a newer one goes on, and check() warns', async () => {
    const own = openSqlite(join(folder, 'upgraded.db'))
    const [store, credential] = [sqliteStore(own), newCredential()]
    expect(await store.check()).toEqual([])
    own.exec(`UPDATE device_auth_schema SET version = ${SCHEMA_VERSION + 1}`)
    expect(await store.check()).toEqual([expect.stringContaining('Update this node as well.')])
    expect(await store.createDeviceCredential(credential)).toBe(true)
    own.close()
  })
})
