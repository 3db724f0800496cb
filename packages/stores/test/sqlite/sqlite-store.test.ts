import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { storeContract } from '@device-auth/core/testing'
import { type SqliteDatabase, sqliteStore } from '@device-auth/stores/sqlite'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { describeWith } from '../../../../tests/missing.ts'
import { type Statements, sqlStatements } from '../../src/sql/statements.ts'
import { sqliteDialect } from '../../src/sqlite/dialect.ts'
import { sqliteTables } from '../../src/sqlite/schema.ts'
import { expectNothingUsableAtRest } from '../application/at-rest.ts'
import { approval, newCredential, newTokens } from '../credentials.ts'
import { typicalValues } from '../sql/plans.ts'
import { drivers, noSqlite, type OwnDatabase, openSqlite } from './database.mjs'

const folder = mkdtempSync(join(tmpdir(), 'device-auth-sqlite-'))

afterAll(() => rmSync(folder, { recursive: true }))

/** The value of a PRAGMA, or of a PRAGMA that sets a value. */
function pragma(database: OwnDatabase, text: string): unknown {
  const [row] = database.prepare(`PRAGMA ${text}`).all({}) as readonly object[]
  return Object.values(row ?? {})[0]
}

describeWith(noSqlite, 'sqliteStore', () => {
  test('a dump of the database has nothing that can be used to sign in', async () => {
    const file = join(folder, 'at-rest.db')
    const own = openSqlite(file)
    const dump = async () => [file, `${file}-wal`].map((path) => readFileSync(path, 'latin1')).join('\n')
    await expectNothingUsableAtRest(sqliteStore(own), dump)
    own.close()
  })

  test('works after a transaction that could not be ended', async () => {
    const own = openSqlite(join(folder, 'failing.db'))
    let failing: string | undefined
    const failingOnce: SqliteDatabase = {
      prepare: (sql) => own.prepare(sql),
      exec: (sql) => {
        if (sql !== failing) return own.exec(sql)
        failing = undefined
        throw new Error('database or disk is full')
      },
    }
    const store = sqliteStore(failingOnce)
    const take = async () => store.takeAttempts([{ key: 'key', limit: 1, window: 60 }], 0)
    for (const statement of ['BEGIN IMMEDIATE', 'COMMIT']) {
      failing = statement
      await expect(take()).rejects.toThrow('database or disk is full')
    }
    expect(await take()).toBeUndefined()
    failing = 'ROLLBACK'
    await expect(take()).rejects.toThrow('database or disk is full')
    expect(await take()).toEqual({ index: 0, retryAfter: 60 })
    own.close()
  })

  test('a sweep of many records lets the event loop go on', async () => {
    const own = openSqlite(join(folder, 'sweep.db'))
    const [store, past] = [sqliteStore(own), Date.now() - 10_000_000]
    own.exec('BEGIN')
    for (let each = 0; each < 2_100; each++) await store.createDeviceCredential(newCredential(past))
    own.exec('COMMIT')
    let [turns, isOver] = [0, false]
    const turn = (): void => {
      turns++
      if (!isOver) setImmediate(turn)
    }
    setImmediate(turn)
    expect(await store.sweep()).toBe(2_100)
    isOver = true
    expect(turns).toBeGreaterThanOrEqual(4)
    own.close()
  })

  test('with a full disk no step is half done, and with room again all sign-ins go on', async () => {
    const own = openSqlite(join(folder, 'full.db'))
    const [store, now] = [sqliteStore(own), Date.now()]
    const kept: string[] = []
    pragma(own, `max_page_count = ${Number(pragma(own, 'page_count')) + 20}`)
    const fill = async () => {
      for (;;) {
        const credential = newCredential(now)
        await store.createDeviceCredential(credential)
        kept.push(credential.id)
      }
    }
    await expect(fill()).rejects.toThrow('database or disk is full')
    expect(kept.length).toBeGreaterThan(20)
    const families = [newTokens(now), newTokens(now)]
    const [id] = kept as [string]
    const step = async (run: () => unknown) => Promise.resolve(run()).catch(() => undefined)
    const decided = await step(() => store.decide(id, approval('alice'), now))
    if (decided === undefined) expect((await store.findDeviceCredential(id, now))?.userGrant).toBeUndefined()
    await step(() => store.redeem(id, families[0]!, 'first', now))
    pragma(own, 'max_page_count = 100000')
    for (const each of kept.slice(1)) expect((await store.pollDeviceCredential(each, 'tv', now)).status).toBe('pending')
    await store.decide(id, approval('alice'), now)
    const second = await store.redeem(id, families[1]!, 'second', now)
    const found = families.map(async ({ accessTokenHash }) => store.findToken(id, accessTokenHash, now))
    expect((await Promise.all(found)).map((each) => each !== undefined)).toEqual([!second, second])
    expect(pragma(own, 'integrity_check')).toBe('ok')
    own.close()
  })
})

describeWith(noSqlite, 'plans of sqliteStore', () => {
  const tables = sqliteTables('device_auth_')
  const statements = sqlStatements(tables, sqliteDialect)
  const values = typicalValues(Date.now())
  let own: OwnDatabase

  beforeAll(() => {
    own = openSqlite(join(folder, 'plans.db'))
    sqliteStore(own)
  })

  afterAll(() => own.close())

  test.each(Object.keys(statements) as (keyof Statements)[])('%s reaches its rows by an index', (name) => {
    const steps = own.prepare(`EXPLAIN QUERY PLAN ${statements[name]}`)
    const plan = steps.all(Object.fromEntries(values[name].map((value, index) => [index + 1, value])))
    const details = (plan as readonly { readonly detail: string }[]).map(({ detail }) => detail)
    expect(details.filter((detail) => /^SCAN .*device_auth/.test(detail))).toEqual([])
  })
})

// part of Node since 22.13, without a flag: on Node 20 nothing can be installed for it
const kinds = ['better-sqlite3', ...(drivers['node:sqlite'] === undefined ? [] : (['node:sqlite'] as const))] as const

describe.each(kinds)('sqliteStore over %s', (kind) => {
  const open = drivers[kind]

  describeWith(open === undefined ? 'better-sqlite3' : undefined, 'meets the store contract', () => {
    let own: OwnDatabase

    beforeAll(() => {
      own = open!(join(folder, `${kind.replace(':', '-')}.db`))
    })

    afterAll(() => own.close())

    for (const { name, run } of storeContract(() => sqliteStore(own))) test(name, run)
  })
})
