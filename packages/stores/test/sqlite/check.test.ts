import { copyFileSync, mkdtempSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sqliteStore } from '@device-auth/stores/sqlite'
import { afterAll, describe, expect, test } from 'vitest'
import { describeWith } from '../../../../tests/missing.ts'
import { newCredential } from '../credentials.ts'
import { drivers, noSqlite } from './database.mjs'

const folder = mkdtempSync(join(tmpdir(), 'device-auth-sqlite-'))

afterAll(() => rmSync(folder, { recursive: true }))

describeWith(noSqlite, 'check() of sqliteStore', () => {
  describe.each(Object.keys(drivers) as (keyof typeof drivers)[])('over %s', (kind) => {
    const open = drivers[kind]!
    const path = (name: string): string => join(folder, `${kind.replace(':', '-')}-${name}.db`)

    test('is resolved without warnings, and leaves nothing behind', async () => {
      const own = open(path('good'))
      const store = sqliteStore(own)
      expect(await store.check()).toEqual([])
      expect(own.prepare('SELECT id FROM device_auth_credentials').all({})).toEqual([])
      own.close()
    })

    test('names a connection that cannot write', async () => {
      const own = open(path('read-only'))
      const store = sqliteStore(own)
      own.exec('PRAGMA query_only = 1')
      await expect(store.check()).rejects.toThrow(
        /^sqliteStore: the file cannot be written\..* SQLite says: attempt to/,
      )
      own.exec('PRAGMA query_only = 0')
      expect(await store.check()).toEqual([])
      own.close()
    })

    test('names a full disk, also while the last pages still have room for a row', async () => {
      const own = open(path('full'))
      const store = sqliteStore(own)
      await store.createDeviceCredential(newCredential())
      own.exec('PRAGMA max_page_count = 1')
      await expect(store.check()).rejects.toThrow(
        /^sqliteStore: the disk is full.* SQLite says: database or disk is full/,
      )
      own.exec('PRAGMA max_page_count = 100000')
      expect(await store.check()).toEqual([])
      own.close()
    })

    test('names a lock that another process keeps, after busyTimeout', async () => {
      const [own, other] = [open(path('locked')), open(path('locked'))]
      const store = sqliteStore(own, { busyTimeout: 20 })
      other.exec('BEGIN IMMEDIATE')
      await expect(store.check()).rejects.toThrow('another process has kept the write lock')
      other.exec('COMMIT')
      expect(await store.check()).toEqual([])
      for (const database of [own, other]) database.close()
    })

    test.each(['deleted', 'replaced'])('names a file that was %s while it is open', async (what) => {
      const own = open(path(what))
      const store = sqliteStore(own)
      expect(await store.check()).toEqual([])
      if (what === 'replaced') {
        copyFileSync(path(what), path('copy'))
        renameSync(path('copy'), path(what))
      } else for (const end of ['', '-wal', '-shm']) rmSync(path(what) + end, { force: true })
      await expect(store.check()).rejects.toThrow(
        /^sqliteStore: the file was deleted, or replaced .*Restart the process/,
      )
      own.close()
    })

    test('names a file that was cut to 0 bytes while it is open, although its pages are remembered', async () => {
      const own = open(path('emptied'))
      const store = sqliteStore(own)
      await store.createDeviceCredential(newCredential())
      own.exec('PRAGMA wal_checkpoint(TRUNCATE)')
      expect(await store.check()).toEqual([])
      truncateSync(path('emptied'), 0)
      await expect(store.check()).rejects.toThrow(
        /^sqliteStore: the file was cut to 0 bytes .*restore it from a backup/,
      )
      own.close()
    })

    test.each(['-wal', '-shm'])('names a file %s that was deleted while it is open', async (end) => {
      const own = open(path(`deleted${end}`))
      const store = sqliteStore(own)
      expect(await store.check()).toEqual([])
      rmSync(path(`deleted${end}`) + end)
      await expect(store.check()).rejects.toThrow(
        /^sqliteStore: the file was deleted, or replaced .*Restart the process/,
      )
      own.close()
    })

    test('a database in memory has no file that could be replaced', async () => {
      const own = open(':memory:')
      expect(await sqliteStore(own).check()).toEqual([])
      own.close()
    })

    test('says which table is missing', async () => {
      const own = open(path('dropped'))
      const store = sqliteStore(own)
      own.exec('DROP TABLE device_auth_credentials')
      await expect(store.check()).rejects.toThrow(
        /^sqliteStore: a table was dropped .*Restart the process.* no such table: device_auth_credentials/,
      )
      own.close()
    })

    test('a file that is no database is named when the store is made', () => {
      writeFileSync(path('text'), 'no database '.repeat(100))
      const own = open(path('text'))
      expect(() => sqliteStore(own)).toThrow(
        /^sqliteStore: the file is no SQLite database\. Open another file\. SQLite says: /,
      )
      own.close()
    })

    test('a database that returns rows as arrays is named when the store is made', () => {
      const own = open(path('arrays'))
      const valuesOf = (row: unknown): unknown[] => Object.values(Object(row))
      const arrays = {
        exec: (sql: string) => own.exec(sql),
        prepare: (sql: string) => ({
          all: (named: Record<string, never>) => own.prepare(sql).all(named).map(valuesOf),
        }),
      }
      expect(() => sqliteStore(arrays)).toThrow(/^sqliteStore needs rows as objects\. Open the database without/)
      own.close()
    })

    test('a connection that cannot write is named when the store is made', () => {
      const own = open(path('no-right'))
      own.exec('PRAGMA query_only = 1')
      expect(() => sqliteStore(own)).toThrow(/^sqliteStore: the file cannot be written\./)
      own.close()
    })
  })
})
