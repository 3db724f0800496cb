// A node of an application, in a process of its own, on a database that other nodes use too. It uses the built packages.
// Usage: node application-node.mjs <database> <address>...

import { createServer } from 'node:http'
import { createDeviceAuth, deviceClient } from '@device-auth/core'
import { toNodeHandler } from '@device-auth/core/node'
import { postgresStore } from '@device-auth/stores/postgres'
import { redisStore } from '@device-auth/stores/redis'
import { sqliteStore } from '@device-auth/stores/sqlite'
import { Cluster, Redis } from 'ioredis'
import pg from 'pg'
import { openSqlite } from '../sqlite/database.mjs'

const [, , database, ...addresses] = process.argv
const stores = {
  cluster: () => redisStore(new Cluster(addresses)),
  postgres: () => postgresStore(new pg.Pool({ connectionString: addresses[0] })),
  redis: () => redisStore(new Redis(addresses[0])),
  sqlite: () => sqliteStore(openSqlite(addresses[0])),
}
const store = stores[database]()

if (process.env.DIES === 'after redeem') {
  const redeem = store.redeem.bind(store)
  store.redeem = async (...values) => {
    await redeem(...values)
    process.kill(process.pid, 'SIGKILL')
    return new Promise(() => {})
  }
}

// the same options as nodeOn() of sign-in.ts, because both are nodes of one application
const deviceAuth = createDeviceAuth({
  issuer: 'https://example.com/oauth',
  clients: [deviceClient({ client_id: 'tv', client_name: 'Living-room TV', scope: 'profile' })],
  secret: 'a secret of at least thirty-two characters',
  store,
})
const server = createServer(toNodeHandler(deviceAuth))
server.listen(0, '127.0.0.1', () => process.send(server.address().port))
process.on('disconnect', () => process.exit())
