// Fills PostgreSQL with a million credentials: copies of one that the store made.

import { readFileSync } from 'node:fs'
import { migrate, postgresStore } from '@device-auth/stores/postgres'
import pg from 'pg'
import { startPostgres } from '../databases.js'
import { newCodes, newCredential } from './credentials.js'

// no checkpoint during the run: in production, the polls of five minutes share one page image in the WAL
const settings = ['shared_buffers=3GB', 'max_wal_size=20GB', 'checkpoint_timeout=1h', 'autovacuum=off']

export async function startPostgresMillion(now) {
  const server = await startPostgres(settings)
  // one connection is one process of the server, so its CPU time is the cost of the polls
  const pool = new pg.Pool({ connectionString: server.url, max: 1 })
  pool.on('error', () => {})
  const value = async (sql, ...values) => Object.values((await pool.query(sql, values)).rows[0])[0]
  const pid = await value('SELECT pg_backend_pid()')
  const large = 'large_credentials'
  let written
  return {
    cpu: async () => Number(readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ')[0]) / 1e6,
    async fill(prefix, count) {
      const [tablePrefix, first, { codes, ids }] = [prefix.replace(':', '_'), newCredential(now), newCodes(count)]
      const table = `${tablePrefix}credentials`
      await migrate(pool, { tablePrefix })
      const store = postgresStore(pool, { tablePrefix, sweepInterval: 0 })
      await store.createDeviceCredential(first)
      const columns = await pool.query(
        'SELECT attname FROM pg_attribute WHERE attrelid = $1::regclass AND attnum > 0',
        [table],
      )
      const own = new Set(['id', 'user_code_hash', 'live_user_code'])
      const values = columns.rows.map(({ attname }) => (own.has(attname) ? 'given' : `kept.${attname}`))
      for (let at = 0; at < count; at += 10_000) {
        await pool.query(
          `INSERT INTO ${table} SELECT ${values} FROM ${table} AS kept, unnest($2::text[]) AS given WHERE kept.id = $1`,
          [first.id, ids.slice(at, at + 10_000)],
        )
      }
      await pool.query(`ANALYZE ${table}`)
      // poll every row once, so that the pages are as after the first seconds of a real load
      const polls = ids.map((id) => ({ id, client_id: 'tv', polled_at: now }))
      for (let at = 0; at < count; at += 1_000) {
        await pool.query(`SELECT ${tablePrefix}poll($1)`, [JSON.stringify(polls.slice(at, at + 1_000))])
      }
      return { store, codes }
    },
    async begin() {
      written = await value('SELECT pg_current_wal_lsn()')
    },
    async facts(count, polls) {
      const wal = Number(await value('SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), $1)', written))
      const each = async (size) => `${Math.round(Number(await value(`SELECT ${size}('${large}')`)) / count)} bytes`
      return {
        'table per credential': await each('pg_table_size'),
        'indexes per credential': await each('pg_indexes_size'),
        'WAL per poll': `${Math.round(wal / polls)} bytes`,
      }
    },
    async stop() {
      await pool.end()
      await server.stop()
    },
  }
}
