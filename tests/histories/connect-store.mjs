// The stores, connected as the README of the package and its guides say.
import { setTimeout } from 'node:timers/promises'
import { MemoryStore } from '@device-auth/core'
import { migrate, postgresStore } from '@device-auth/stores/postgres'
import { redisStore } from '@device-auth/stores/redis'
import { sqliteStore } from '@device-auth/stores/sqlite'
import { Cluster, Redis } from 'ioredis'
import pg from 'pg'
import { openSqlite } from '../../packages/stores/test/sqlite/database.mjs'

async function onPostgres({ url }) {
  const pool = new pg.Pool({ connectionString: url, connectionTimeoutMillis: 5000 })
  // without a listener, pg ends the process when an idle connection breaks
  pool.on('error', () => {})
  await whenReady(() => migrate(pool))
  return { store: postgresStore(pool), disconnect: () => pool.end() }
}

/** Tries again until it works: the database may be away, or be starting, when a node starts. nodes.ts ends a node that takes too long. */
async function whenReady(migrateTables) {
  for (;;) {
    try {
      return await migrateTables()
    } catch {
      await setTimeout(200)
    }
  }
}

function onRedis(client, options) {
  client.on('error', () => {})
  return { store: redisStore(client, options), disconnect: async () => client.disconnect() }
}

/** Without it, ioredis never leaves a connection that is half open. */
const socketTimeout = 5000
const waiting = { wait: { replicas: 1, timeout: 2 } }
const connections = {
  memory: () => ({ store: new MemoryStore(), disconnect: async () => {} }),
  sqlite: ({ file }) => {
    const database = openSqlite(file)
    return { store: sqliteStore(database), disconnect: async () => database.close() }
  },
  postgres: onPostgres,
  redis: ({ port }) => onRedis(new Redis(port, '127.0.0.1', { socketTimeout })),
  sentinel: ({ sentinel, natMap, waits }) => {
    const sentinels = [{ host: '127.0.0.1', port: sentinel }]
    return onRedis(new Redis({ sentinels, name: 'devices', natMap, socketTimeout }), waits ? waiting : {})
  },
  cluster: ({ ports, natMap }) =>
    onRedis(
      new Cluster(
        ports.map((port) => ({ host: '127.0.0.1', port })),
        { natMap, redisOptions: { socketTimeout } },
      ),
    ),
}

/** Connects one node to its database. */
export async function connectStore(kind, addresses) {
  return connections[kind](addresses)
}
