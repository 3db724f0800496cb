import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { storeContract } from '@device-auth/core/testing'
import { sqliteStore } from '@device-auth/stores/sqlite'
import Database from 'better-sqlite3'
import { afterAll, describe, test } from 'vitest'

const folder = mkdtempSync(join(tmpdir(), 'device-auth-sqlite-'))
const database = new Database(join(folder, 'contract.db'))

afterAll(() => {
  database.close()
  rmSync(folder, { recursive: true })
})

describe('sqliteStore over better-sqlite3 meets the store contract', () => {
  for (const { name, run } of storeContract(() => sqliteStore(database))) test(name, run)
})
