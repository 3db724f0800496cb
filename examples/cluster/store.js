// @ts-check
/** → The store: in Redis if REDIS_URL is set, else in PostgreSQL. Copy the one that you use. */
import { migrate, postgresStore } from '@device-auth/stores/postgres'
import { redisStore } from '@device-auth/stores/redis'
import { Redis } from 'ioredis'
import pg from 'pg'

export function connectStore() {
  const { REDIS_URL, DATABASE_URL } = process.env
  return REDIS_URL === undefined ? onPostgres(DATABASE_URL) : onRedis(REDIS_URL)
}

/** @param {string} url */
async function onRedis(url) {
  const client = new Redis(url, { socketTimeout: 5000 })
  client.on('error', (error) => console.error(String(error)))
  const store = redisStore(client)
  for (const warning of await store.check()) console.error(warning)
  return { store, disconnect: async () => void (await client.quit()) }
}

/** @param {string | undefined} url */
async function onPostgres(url) {
  const pool = new pg.Pool({ connectionString: url, connectionTimeoutMillis: 5000 })
  // without a listener, pg ends the process when an idle connection breaks
  pool.on('error', (error) => console.error(String(error)))
  // nodes may do this at the same time
  await migrate(pool)
  const store = postgresStore(pool)
  await store.check()
  return { store, disconnect: () => pool.end() }
}
