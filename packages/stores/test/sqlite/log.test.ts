import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sqliteStore } from '@device-auth/stores/sqlite'
import { afterAll, expect, test } from 'vitest'
import { describeWith } from '../../../../tests/missing.ts'
import { newCredential } from '../credentials.ts'
import { noSqlite, openSqlite } from './database.mjs'

const folder = mkdtempSync(join(tmpdir(), 'device-auth-sqlite-'))
const LIMIT = 16 * 1024 * 1024

afterAll(() => rmSync(folder, { recursive: true }))

describeWith(noSqlite, 'the write-ahead log of sqliteStore', () => {
  test('is cut after a reader that has held a snapshot during 20,000 writes', { timeout: 120_000 }, async () => {
    const file = join(folder, 'log.db')
    const [own, reader] = [openSqlite(file), openSqlite(file)]
    const [store, now] = [sqliteStore(own), Date.now()]
    const credential = newCredential(now, { expiresAt: now + 200_000_000 })
    const bytes = (): number => statSync(`${file}-wal`).size
    await store.createDeviceCredential(credential)
    reader.exec('BEGIN')
    reader.prepare('SELECT id FROM device_auth_credentials').all({})
    for (let poll = 0; poll < 20_000; poll++) {
      await store.pollDeviceCredential(credential.id, 'tv', now + poll * 6_000)
    }
    expect(bytes()).toBeGreaterThan(2 * LIMIT)
    reader.exec('COMMIT')
    // one write copies the log into the file, and the next one begins it anew
    for (let poll = 0; poll < 3; poll++) {
      await store.pollDeviceCredential(credential.id, 'tv', now + 150_000_000 + poll * 6_000)
    }
    expect(bytes()).toBeLessThanOrEqual(LIMIT)
    for (const database of [own, reader]) database.close()
  })
})
