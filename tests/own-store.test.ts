// examples/own-store: the store that authors of a store copy, on a database in memory that locks rows as databases do.
import { storeContract } from '@device-auth/core/testing'
import { describe, expect, test } from 'vitest'
import type { Database, Row } from '../examples/own-store/database.ts'
import { RecordStore } from '../examples/own-store/store.ts'

/** Runs work on one key after the other. @returns the function that gives the key back */
function keyLocks(): (key: string) => Promise<() => void> {
  const last = new Map<string, Promise<void>>()
  return async (key) => {
    const before = last.get(key)
    let unlock = (): void => {}
    last.set(key, new Promise((resolve) => (unlock = resolve)))
    await before
    return unlock
  }
}

/** A database in memory: each statement answers later, and locks are held until the transaction ends. */
function toyDatabase(rows: Map<string, Row> = new Map()): Database {
  const acquire = keyLocks()
  // as SQL has it: an empty row is what a lock of a missing one leaves
  const read = (key: string): string | undefined => rows.get(key)?.value || undefined
  return {
    async transaction(work) {
      const held = new Map<string, () => void>()
      const written: Row[] = []
      try {
        const result = await work({
          async lock(key) {
            if (!held.has(key)) held.set(key, await acquire(key))
            if (!rows.has(key)) rows.set(key, { key, value: '', forgetAt: 0 })
            return read(key)
          },
          async write(row) {
            if (!held.has(row.key)) throw new Error(`${row.key} is written without its lock.`)
            written.push(row)
          },
        })
        for (const row of written) rows.set(row.key, row)
        return result
      } finally {
        for (const unlock of held.values()) unlock()
      }
    },
    async read(key) {
      return read(key)
    },
    async search({ column, from, to }) {
      const found = [...rows.values()].filter((row) => from <= (row[column] ?? '') && (row[column] ?? '') <= to)
      return found.map(({ value }) => value).filter((value) => value !== '')
    },
    async deleteForgotten(now) {
      const over = [...rows.values()].filter(({ forgetAt }) => now >= forgetAt)
      for (const { key } of over) rows.delete(key)
      return over.filter(({ key, value }) => key.startsWith('record:') && value !== '').length
    },
  }
}

describe('the store of examples/own-store meets the store contract', () => {
  for (const { name, run } of storeContract(() => new RecordStore(toyDatabase()))) test(name, run)
})

test('guesses of strangers leave no row in the database', async () => {
  const rows = new Map<string, Row>()
  const store = new RecordStore(toyDatabase(rows))
  expect((await store.pollDeviceCredential('guess', 'tv')).status).toBe('unknown')
  expect(await store.findToken('guess', 'guess')).toBeUndefined()
  expect(await store.revoke('guess')).toBe(false)
  const [spent, other] = ['server', 'address'].map((key) => ({ key, limit: 0, window: 60 }))
  expect(await store.takeAttempts([other!, spent!])).toMatchObject({ index: 0 })
  await store.sweep()
  expect([...rows.keys()]).toEqual([])
})
