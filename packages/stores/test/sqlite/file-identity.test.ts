import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { fileIdentity } from '../../src/sqlite/file-identity.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'device-auth-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

describe('the files of a database', () => {
  it('are in place when a log appears later, because another process has turned it on', () => {
    const file = join(folder, 'devices.db')
    writeFileSync(file, 'content')
    const identity = fileIdentity([{ name: 'main', file }])
    writeFileSync(`${file}-wal`, '')
    expect(identity.isInPlace()).toBe(true)
    rmSync(file)
    expect(identity.isInPlace()).toBe(false)
  })

  it('are always in place for a database in memory', () => {
    const identity = fileIdentity([{ name: 'main', file: '' }])
    expect([identity.isInPlace(), identity.isEmpty()]).toEqual([true, false])
  })
})
