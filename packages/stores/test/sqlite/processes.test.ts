import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { OptionError } from '@device-auth/core'
import { type SqliteDatabase, sqliteStore } from '@device-auth/stores/sqlite'
import { afterAll, expect, test, vi } from 'vitest'
import { describeWith } from '../../../../tests/missing.ts'
import { approval, newCredential } from '../credentials.ts'
import { noSqlite, openSqlite } from './database.mjs'

const folder = mkdtempSync(join(tmpdir(), 'device-auth-sqlite-'))
const worker = fileURLToPath(new URL('sqlite-worker.mjs', import.meta.url))

afterAll(() => rmSync(folder, { recursive: true }))

/** Starts processes on one file. They use the built packages: the conditions by which Vitest finds the sources do not apply. */
async function processesOn(file: string, count: number): Promise<readonly ChildProcess[]> {
  const { NODE_OPTIONS: _, ...env } = process.env
  const children = Array.from({ length: count }, () => fork(worker, [file], { env, execArgv: [] }))
  const failed = (child: ChildProcess): Promise<never> =>
    once(child, 'exit').then(([code]) => Promise.reject(new Error(`A process ended with ${code} before it was ready.`)))
  await Promise.all(children.map((child) => Promise.race([once(child, 'message'), failed(child)])))
  return children
}

describeWith(noSqlite, 'sqliteStore in several processes', () => {
  test('F-01 of several processes on one file, only one redeems each code', async () => {
    const file = join(folder, 'shared.db')
    const database = openSqlite(file)
    const store = sqliteStore(database)
    const [now, credentials] = [Date.now(), Array.from({ length: 200 }, () => newCredential())]
    for (const each of credentials) {
      await store.createDeviceCredential(each)
      await store.decide(each.id, approval('alice'), now)
    }
    const ids = credentials.map(({ id }) => id)
    const children = await processesOn(file, 3)
    const won = children.map(async (child, index) => {
      // one from the other end, so that they meet
      child.send({ ids: index === 1 ? ids.toReversed() : ids, now })
      return (await once(child, 'message'))[0] as string[]
    })
    const redeemed = (await Promise.all(won)).flat()
    expect(redeemed.toSorted()).toEqual(ids.toSorted())
    expect(await store.listFamilies('alice', now)).toHaveLength(200)
    for (const child of children) child.kill()
    database.close()
  })

  test('F-23 processes that are started together on a new file all get ready', async () => {
    for (let round = 0; round < 4; round++) {
      const children = await processesOn(join(folder, `together-${round}.db`), 4)
      for (const child of children) child.kill('SIGKILL')
    }
  })

  test('F-16 after kill -9 of a process, all that it had acknowledged is kept, and the file is intact', async () => {
    const file = join(folder, 'killed.db')
    const children = await processesOn(file, 2)
    const acknowledged: string[] = []
    const busy = children.map(
      (child) =>
        new Promise<void>((resolve) => {
          let count = 0
          child.on('message', (id) => {
            acknowledged.push(String(id))
            if (++count === 30) child.kill('SIGKILL')
          })
          child.once('exit', () => resolve())
          child.send({})
        }),
    )
    await Promise.all(busy)
    const database = openSqlite(file)
    const families = new Set((await sqliteStore(database).listFamilies('alice', Date.now())).map(({ id }) => id))
    expect(acknowledged.length).toBeGreaterThanOrEqual(60)
    expect(acknowledged.filter((id) => !families.has(id))).toEqual([])
    expect(database.prepare('PRAGMA integrity_check').all({})).toEqual([{ integrity_check: 'ok' }])
    database.close()
  })

  test('F-23 a process waits for another one that writes, and rejects when that takes too long', async () => {
    const file = join(folder, 'busy.db')
    const [mine, theirs] = [openSqlite(file), openSqlite(file)]
    const store = sqliteStore(mine, { busyTimeout: 20 })
    theirs.exec('BEGIN IMMEDIATE')
    await expect(store.createDeviceCredential(newCredential())).rejects.toThrow('database is locked')
    theirs.exec('COMMIT')
    expect(await store.createDeviceCredential(newCredential())).toBe(true)
    for (const database of [mine, theirs]) database.close()
  })

  test('F-23 a process that starts while another one is writing is ready, and waits with its first step', async () => {
    const file = join(folder, 'started.db')
    const [theirs, mine] = [openSqlite(file), openSqlite(file)]
    sqliteStore(theirs)
    theirs.exec('BEGIN IMMEDIATE')
    const startedAt = performance.now()
    const store = sqliteStore(mine, { busyTimeout: 20_000 })
    expect(performance.now() - startedAt).toBeLessThan(10_000)
    const created = store.createDeviceCredential(newCredential())
    theirs.exec('COMMIT')
    expect(await created).toBe(true)
    for (const database of [mine, theirs]) database.close()
  })

  test('F-23 tables that are still to be made are waited for', () => {
    const file = join(folder, 'unmade.db')
    const [theirs, mine] = [openSqlite(file), openSqlite(file)]
    sqliteStore(theirs)
    theirs.exec('DROP TABLE device_auth_attempts')
    theirs.exec('BEGIN IMMEDIATE')
    expect(() => sqliteStore(mine, { busyTimeout: 20 })).toThrow(
      /^sqliteStore: another process has kept the write lock/,
    )
    for (const database of [mine, theirs]) database.close()
  })

  test('F-23 the event loop goes on while another process is writing, and each step is done after it', async () => {
    const file = join(folder, 'patient.db')
    const [mine, theirs] = [openSqlite(file), openSqlite(file)]
    const [store, credential] = [sqliteStore(mine, { busyTimeout: 20_000 }), newCredential()]
    await store.createDeviceCredential(credential)
    theirs.exec('BEGIN IMMEDIATE')
    const budget = { key: 'key', limit: 1, window: 60 }
    const steps = Promise.all([
      store.createDeviceCredential(newCredential()),
      store.pollDeviceCredential(credential.id, 'tv', undefined),
      store.takeAttempts([budget], undefined),
    ])
    // these turns of the event loop come only if no step blocks it until the lock is gone
    const startedAt = performance.now()
    for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setTimeout(resolve, 1))
    expect(performance.now() - startedAt).toBeLessThan(10_000)
    theirs.exec('COMMIT')
    const [created, poll, refusal] = await steps
    expect([created, poll.status, refusal]).toEqual([true, 'pending', undefined])
    for (const database of [mine, theirs]) database.close()
  })

  test('F-23 hundreds of steps that wait for another process do not stop the event loop, and all are done after it', async () => {
    const file = join(folder, 'crowded.db')
    const [mine, theirs] = [openSqlite(file), openSqlite(file)]
    const store = sqliteStore(mine, { busyTimeout: 20_000 })
    theirs.exec('BEGIN IMMEDIATE')
    const startedAt = performance.now()
    const steps = Array.from({ length: 300 }, async () => store.createDeviceCredential(newCredential()))
    // each of 300 attempts that wait for 10 ms would take 3 seconds, here and in each turn that follows
    for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setTimeout(resolve, 20))
    expect(performance.now() - startedAt).toBeLessThan(10_000)
    theirs.exec('COMMIT')
    expect(new Set(await Promise.all(steps))).toEqual(new Set([true]))
    for (const database of [mine, theirs]) database.close()
  })

  test('F-23 steps that wait in vain are rejected in time, and the next ones wait anew', async () => {
    const file = join(folder, 'in-vain.db')
    const [mine, theirs] = [openSqlite(file), openSqlite(file)]
    const store = sqliteStore(mine, { busyTimeout: 50 })
    theirs.exec('BEGIN IMMEDIATE')
    const settled = await Promise.allSettled([1, 2, 3].map(async () => store.createDeviceCredential(newCredential())))
    expect(settled.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected'])
    const created = store.createDeviceCredential(newCredential())
    theirs.exec('COMMIT')
    expect(await created).toBe(true)
    // SQLite waits shortly again, for processes that are done soon
    expect(mine.prepare('PRAGMA busy_timeout').all({})).toEqual([{ timeout: 10 }])
    for (const database of [mine, theirs]) database.close()
  })

  test('F-23 a database that is closed while a step waits rejects the step, and does not end the process', async () => {
    const file = join(folder, 'closed.db')
    const [mine, theirs] = [openSqlite(file), openSqlite(file)]
    const store = sqliteStore(mine, { busyTimeout: 20_000 })
    theirs.exec('BEGIN IMMEDIATE')
    const created = expect(store.createDeviceCredential(newCredential())).rejects.toThrow(/not open|finalized/)
    mine.close()
    await created
    theirs.close()
  })

  test('F-23 an attempt that could not be counted before its caller gave up counts nothing', async () => {
    const file = join(folder, 'late.db')
    const [mine, theirs] = [openSqlite(file), openSqlite(file)]
    const store = sqliteStore(mine, { busyTimeout: 20_000 })
    const budgets = [{ key: 'key', limit: 1, window: 60 }]
    theirs.exec('BEGIN IMMEDIATE')
    const now = vi.spyOn(Date, 'now').mockReturnValue(1_000)
    const late = expect(store.takeAttempts(budgets, undefined, 1_050)).rejects.toThrow(/too late/)
    now.mockReturnValue(1_100)
    theirs.exec('COMMIT')
    await late
    now.mockRestore()
    expect(await store.takeAttempts(budgets, undefined, Date.now() + 5_000)).toBeUndefined()
    for (const database of [mine, theirs]) database.close()
  })

  test('F-23 polls that waited for another process count from when they arrived', async () => {
    const file = join(folder, 'late-polls.db')
    const [mine, theirs] = [openSqlite(file), openSqlite(file)]
    const [store, credential] = [sqliteStore(mine, { busyTimeout: 20_000 }), newCredential()]
    await store.createDeviceCredential(credential)
    theirs.exec('BEGIN IMMEDIATE')
    const poll = async () => (await store.pollDeviceCredential(credential.id, 'tv', undefined)).status
    const now = vi.spyOn(Date, 'now').mockReturnValue(credential.createdAt + 1_000)
    const first = poll()
    now.mockReturnValue(credential.createdAt + 7_000)
    const second = poll()
    now.mockReturnValue(credential.createdAt + 8_000)
    theirs.exec('COMMIT')
    expect(await Promise.all([first, second])).toEqual(['pending', 'pending'])
    now.mockRestore()
    for (const database of [mine, theirs]) database.close()
  })

  test('F-23 a process waits for another one from its first statement on', () => {
    const database = openSqlite(join(folder, 'first.db'))
    const statements: string[] = []
    const watched: SqliteDatabase = {
      exec: (sql) => {
        statements.push(sql)
        return database.exec(sql)
      },
      prepare: (sql) => {
        statements.push(sql)
        return database.prepare(sql)
      },
    }
    sqliteStore(watched, { busyTimeout: 20 })
    expect(statements[0]).toBe('PRAGMA busy_timeout = 20')
    database.close()
  })

  test('refuses impossible options', () => {
    const database = openSqlite(join(folder, 'options.db'))
    expect(() => sqliteStore(database, { tablePrefix: 'a; DROP' })).toThrow(OptionError)
    expect(() => sqliteStore(database, { busyTimeout: 0.5 })).toThrow(OptionError)
    database.close()
  })
})
