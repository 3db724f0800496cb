// Simulates an hour of polls, one every five seconds per device, and measures the growth of the table. Vacuum is off, so
// that only the polls themselves keep the table small. Usage: node postgres-hour.js [devices] [polls]

import { migrate, postgresStore } from '@device-auth/stores/postgres'
import pg from 'pg'
import { startPostgres } from './databases.js'
import { newCredential } from './million/credentials.js'

const [, , devices = '1000', polls = '720'] = process.argv
const server = await startPostgres(['shared_buffers=512MB', 'autovacuum=off'])
const pool = new pg.Pool({ connectionString: server.url, max: 2 })
pool.on('error', () => {})
await migrate(pool)
const store = postgresStore(pool, { sweepInterval: 0 })

async function state() {
  // connections report their counters when they are idle for a moment, or when they are told to flush them
  await Promise.all([1, 2].map(() => pool.query('SELECT pg_stat_force_next_flush()').catch(() => {})))
  const { rows } = await pool.query(`SELECT n_dead_tup AS dead, n_tup_upd AS updates, n_tup_hot_upd AS hot,
    pg_table_size(relid) AS table, pg_indexes_size(relid) AS indexes, pg_current_wal_lsn() - '0/0' AS wal
    FROM pg_stat_user_tables WHERE relname = 'device_auth_credentials'`)
  return Object.fromEntries(Object.entries(rows[0]).map(([name, value]) => [name, Number(value)]))
}

const start = Date.now()
const credentials = Array.from({ length: Number(devices) }, () => ({
  ...newCredential(start),
  expiresAt: start + 7_200_000,
}))
await Promise.all(credentials.map((each) => store.createDeviceCredential(each)))
const before = await state()
for (let poll = 0; poll < Number(polls); poll++) {
  const found = await Promise.all(
    credentials.map(({ id }) => store.pollDeviceCredential(id, 'tv', start + poll * 5_000)),
  )
  const wrong = found.find(({ status }) => status !== 'pending')
  if (wrong !== undefined) throw new Error(`A poll found ${wrong.status}.`)
}
await new Promise((resolve) => setTimeout(resolve, 1_100))
const after = await state()
await pool.end()
await server.stop()

const [total, updates] = [Number(devices) * Number(polls), after.updates - before.updates]
const [hot, growth] = [
  (after.hot - before.hot) / updates,
  (after.table + after.indexes) / (before.table + before.indexes),
]
const [size, kilobytes] = [
  (state) => `${kilobytes(state.table)} and ${kilobytes(state.indexes)}`,
  (bytes) => `${Math.round(bytes / 1024)} KiB`,
]
const met = updates === total && hot >= 0.99 && growth <= 1.1
console.log(`${devices} devices, ${polls} polls each, without vacuum`)
console.log(`| an hour: updates, of these HOT (at least 0.99) | ${updates}, ${hot.toFixed(4)} |`)
console.log(`| an hour: table and indexes before | ${size(before)} |`)
console.log(`| an hour: table and indexes after (at most 1.1 times) | ${size(after)}: ${growth.toFixed(2)} times |`)
console.log(`| an hour: dead rows at its end | ${after.dead} |`)
console.log(`| an hour: WAL per poll | ${Math.round((after.wal - before.wal) / total)} bytes |`)
console.log(met ? 'ok' : 'MISSED')
process.exitCode = met ? 0 : 1
