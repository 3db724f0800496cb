import { migrate } from '@device-auth/stores/postgres'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { describeWith } from '../../../../tests/missing.ts'
import { giveBackStatement } from '../../src/postgres/attempts.ts'
import { postgresDialect } from '../../src/postgres/dialect.ts'
import { postgresNames } from '../../src/postgres/names.ts'
import { pollStatement } from '../../src/postgres/poll-function.ts'
import { type Statements, sqlStatements } from '../../src/sql/statements.ts'
import { FILLER, typicalValues } from '../sql/plans.ts'
import { noPostgres, type PostgresServer, postgresServer } from './postgres-server.ts'

const rows = 1_000_000
const names = postgresNames({})
const statements = sqlStatements(names, postgresDialect)

describeWith(noPostgres(), 'plans of postgresStore among a million credentials', () => {
  const now = Date.now()
  let server: PostgresServer
  let pool: pg.Pool

  beforeAll(async () => {
    server = await postgresServer()
    pool = new pg.Pool({ connectionString: server.url })
    await migrate(pool)
    await pool.query("ALTER SYSTEM SET max_wal_size = '4GB'")
    await pool.query('SELECT pg_reload_conf()')
    await pool.query(`INSERT INTO device_auth_credentials (${Object.keys(FILLER)}, created_at, expires_at, forget_at,
        address_key) SELECT ${Object.values(FILLER)}, ${now}, ${now + 600_000}, ${now + 1_200_000} + n,
        lpad(to_hex(n), 32, '0') FROM generate_series(1, ${rows}) AS n`)
    await pool.query(`INSERT INTO device_auth_attempts SELECT 'key' || n, 1, ${now} + n
      FROM generate_series(1, 100000) AS n`)
    await pool.query('ANALYZE')
  }, 240_000)

  afterAll(async () => {
    await pool.end()
    await server.stop()
  })

  const planOf = async (sql: string, parameters: readonly (string | number | null)[]): Promise<string> => {
    const { rows } = await pool.query(`EXPLAIN ${sql}`, [...parameters])
    return rows.map((row) => row['QUERY PLAN']).join('\n')
  }

  test.each(Object.keys(statements) as (keyof Statements)[])('%s reaches its rows by an index', async (name) => {
    expect(await planOf(statements[name], typicalValues(now)[name])).not.toMatch(/Seq Scan/)
  })

  test.each(Object.keys(statements) as (keyof Statements)[])(
    '%s by the clock of the database reaches its rows by an index',
    async (name) => {
      const values = typicalValues(now)[name].map((value) =>
        value === now || value === now - 1_000_000 ? null : value,
      )
      expect(await planOf(statements[name], values)).not.toMatch(/Seq Scan/)
    },
  )

  test('counters are given back by the primary key', async () => {
    const plan = await planOf(giveBackStatement(names), [JSON.stringify(['key7', 'key8']), now])
    expect(plan).not.toMatch(/Seq Scan/)
    expect(plan).toMatch(/device_auth_attempts_pkey/)
  })

  test.each([1, 10, 500])('a batch of %i polls reaches its rows by the primary key', async (count) => {
    const batch = Array.from({ length: count }, (_, n) => ({ id: `id${n * 7 + 1}`, client_id: 'tv', waited: 1 }))
    const plan = await planOf(pollStatement(names.credentials, '$1', '$2::bigint'), [JSON.stringify(batch), now])
    expect(plan).not.toMatch(/Seq Scan/)
    expect(plan.match(/Index Scan using device_auth_credentials_pkey/g)).toHaveLength(2)
  })
})
