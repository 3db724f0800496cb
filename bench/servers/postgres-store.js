import { migrate, postgresStore } from '@device-auth/stores/postgres'
import pg from 'pg'
import { startStored } from './stored.js'

export async function start(codes) {
  const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL })
  const options = { tablePrefix: `bench_${process.pid}_` }
  await migrate(pool, options)
  return startStored(postgresStore(pool, options), codes)
}
