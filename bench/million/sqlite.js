// Fills SQLite with a million credentials: copies of one that the store made.

import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sqliteStore } from '@device-auth/stores/sqlite'
import { newCodes, newCredential } from './credentials.js'

/** Resolves with `undefined` without better-sqlite3, which npm leaves out where it cannot be compiled. */
export async function startSqliteMillion(now) {
  const { default: Database } = await import('better-sqlite3').catch(() => ({}))
  if (Database === undefined) return undefined
  const folder = mkdtempSync(join(tmpdir(), 'device-auth-bench-'))
  const databases = new Map()
  return {
    /** SQLite runs in this process, so its time is part of the server's. */
    cpu: async () => 0,
    async fill(prefix, count) {
      const name = prefix.slice(0, -1)
      const database = new Database(join(folder, name))
      databases.set(name, database)
      const [store, first, { codes, ids }] = [sqliteStore(database), newCredential(now), newCodes(count)]
      await store.createDeviceCredential(first)
      const table = 'device_auth_credentials'
      const columns = database.prepare(`SELECT name FROM pragma_table_info('${table}')`).pluck().all()
      const own = new Set(['id', 'user_code_hash', 'live_user_code'])
      const values = columns.map((column) => (own.has(column) ? 'given.value' : `kept.${column}`))
      const copy = database.prepare(
        `INSERT INTO ${table} (${columns}) SELECT ${values} FROM ${table} AS kept, json_each(?) AS given WHERE kept.id = ?`,
      )
      for (let at = 0; at < count; at += 10_000) copy.run(JSON.stringify(ids.slice(at, at + 10_000)), first.id)
      database.pragma('wal_checkpoint(TRUNCATE)')
      return { store, codes }
    },
    async facts(count) {
      return { 'file per credential': `${Math.round(statSync(join(folder, 'large')).size / count)} bytes` }
    },
    async stop() {
      for (const database of databases.values()) database.close()
      rmSync(folder, { recursive: true })
    },
  }
}
