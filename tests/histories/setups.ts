// The store set-ups, as data: the database of each, what can be done to it, and what it does not promise.

import { noPgBouncer } from '../../packages/stores/test/postgres/pgbouncer.ts'
import { noPostgres } from '../../packages/stores/test/postgres/postgres-server.ts'
import { noRedis } from '../../packages/stores/test/redis/redis-server.ts'
import { noSqlite } from '../../packages/stores/test/sqlite/database.mjs'
import type { Program } from '../installations.ts'
import { type Database, noDatabase, onSqlite } from './databases/database.ts'
import { onPostgres } from './databases/postgres.ts'
import { onCluster, onRedis, onSentinel } from './databases/redis.ts'

/**
 * A thing that a set-up has, so that a fault can strike it.
 *
 * - `clocks`: nodes with clocks of their own: on machines of their own, and not on that of the store
 * - `restarts`: nodes that lose nothing when they end
 * - `links`: connections between nodes and database
 * - `servers`: processes of the database
 * - `failover`: a replica that takes over
 * - `lock`: a file that another process can lock
 * - `disk`: a disk that can be full
 */
export type Offer = 'clocks' | 'restarts' | 'links' | 'servers' | 'failover' | 'lock' | 'disk'

export interface Setup {
  readonly name: string
  readonly nodes: number
  readonly offers: readonly Offer[]
  /** The program that is missing on this machine. */
  readonly missing: () => Program | undefined
  /** Rules that the store's own promise excludes after a failover, each with the reason. */
  readonly excluded: Readonly<Record<string, string>>
  start(nodes: number): Promise<Database>
}

const lossy =
  'Replication is asynchronous: without the option `wait`, a failover may forget what was acknowledged last (docs/guides/redis-failover.md).'
const forgotten = [
  'code-known',
  'true-answer',
  'denial-final',
  'revoked-stays-revoked',
  'live-token',
  'stays-signed-in',
  'one-family',
  'one-successor',
  'theft-only',
]

export const setups: readonly Setup[] = [
  {
    name: 'memory',
    nodes: 1,
    offers: [],
    missing: () => undefined,
    excluded: {},
    start: async () => noDatabase(),
  },
  {
    name: 'sqlite',
    nodes: 3,
    offers: ['restarts', 'lock'],
    missing: () => noSqlite,
    excluded: {},
    start: async () => onSqlite(),
  },
  {
    name: 'postgres',
    nodes: 3,
    offers: ['clocks', 'restarts', 'links', 'servers', 'disk'],
    missing: noPostgres,
    excluded: {},
    start: (nodes) => onPostgres(nodes, false),
  },
  {
    name: 'pgbouncer',
    nodes: 3,
    offers: ['clocks', 'restarts', 'links', 'servers'],
    missing: noPgBouncer,
    excluded: {},
    start: (nodes) => onPostgres(nodes, true),
  },
  {
    name: 'redis',
    nodes: 3,
    offers: ['clocks', 'restarts', 'links', 'servers'],
    missing: noRedis,
    excluded: {},
    start: onRedis,
  },
  {
    name: 'redis-cluster',
    nodes: 3,
    offers: ['clocks', 'restarts', 'links', 'servers'],
    missing: noRedis,
    excluded: {},
    start: onCluster,
  },
  {
    name: 'redis-sentinel',
    nodes: 3,
    offers: ['clocks', 'restarts', 'links', 'failover'],
    missing: noRedis,
    excluded: {},
    start: (nodes) => onSentinel(nodes, true),
  },
  {
    name: 'redis-sentinel-without-wait',
    nodes: 3,
    offers: ['clocks', 'restarts', 'links', 'failover'],
    missing: noRedis,
    excluded: Object.fromEntries(forgotten.map((rule) => [rule, lossy])),
    start: (nodes) => onSentinel(nodes, false),
  },
]

/** @throws RangeError with the names that there are. */
export function findSetup(name: string): Setup {
  const found = setups.find((setup) => setup.name === name)
  if (found !== undefined) return found
  throw new RangeError(
    `There is no store set-up "${name}". There are: ${setups.map((setup) => setup.name).join(', ')}.`,
  )
}
