import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { storeContract } from '@device-auth/core/testing'
import { type SqliteDatabase, sqliteStore } from '@device-auth/stores/sqlite'
import Database from 'better-sqlite3'
import { afterAll, describe, expect, test } from 'vitest'
import { expectNothingUsableAtRest } from './at-rest.ts'

const folder = mkdtempSync(join(tmpdir(), 'device-auth-sqlite-'))
const database = new Database(join(folder, 'contract.db'))

afterAll(() => {
  database.close()
  rmSync(folder, { recursive: true })
})

test('keeps nothing that anybody could sign in with', async () => {
  const file = join(folder, 'at-rest.db')
  const own = new Database(file)
  const dump = async () => [file, `${file}-wal`].map((path) => readFileSync(path, 'latin1')).join('\n')
  await expectNothingUsableAtRest(sqliteStore(own), dump)
  own.close()
})

test('goes on after a transaction that could not be ended', async () => {
  const own = new Database(join(folder, 'failing.db'))
  let failing: string | undefined
  const failingOnce: SqliteDatabase = {
    prepare: (sql) => own.prepare(sql),
    exec: (sql) => {
      if (sql !== failing) return own.exec(sql)
      failing = undefined
      throw new Error('database or disk is full')
    },
  }
  const store = sqliteStore(failingOnce)
  const take = async () => store.takeAttempts([{ key: 'key', limit: 1, window: 60 }], 0)
  for (const statement of ['BEGIN IMMEDIATE', 'COMMIT']) {
    failing = statement
    await expect(take()).rejects.toThrow('database or disk is full')
  }
  expect(await take()).toBeUndefined()
  failing = 'ROLLBACK'
  await expect(take()).rejects.toThrow('database or disk is full')
  expect(await take()).toEqual({ index: 0, retryAfter: 60 })
  own.close()
})

describe('sqliteStore over better-sqlite3 meets the store contract', () => {
  for (const { name, run } of storeContract(() => sqliteStore(database))) test(name, run)
})

interface NodeSqlite {
  readonly DatabaseSync: new (path: string) => SqliteDatabase & { close(): void }
}

// Node has it from 22.13 on, without a flag
const nodeSqlite = process.getBuiltinModule('node:sqlite') as NodeSqlite | undefined

if (nodeSqlite !== undefined) {
  describe('sqliteStore over node:sqlite meets the store contract', () => {
    const own = new nodeSqlite.DatabaseSync(join(folder, 'node.db'))
    for (const { name, run } of storeContract(() => sqliteStore(own))) test(name, run)
  })
}
