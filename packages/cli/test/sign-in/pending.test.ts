import { existsSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DeviceFlow } from '@device-auth/client'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { PendingSignIns } from '../../src/sign-in/pending.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'device-auth-pending-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const flow = new DeviceFlow({ issuer: 'https://as.example.com', clientId: 'tv' }).toJSON()

it.each([
  ['a link to a place that others can read', (path: string) => symlinkSync(join(folder, 'elsewhere'), path)],
  ['a file of others', (path: string) => writeFileSync(path, '', { mode: 0o666 })],
])('the device code goes into a new file, never into %s in its place', async (_name, plant) => {
  const pending = new PendingSignIns(folder)
  const id = await pending.add({ flow })
  const path = join(pending.folder, `${id}.json`)
  plant(`${path}.new`)
  await pending.update({ id, flow, account: 'ada' })
  expect(await pending.find(id)).toMatchObject({ account: 'ada' })
  expect(statSync(path).mode & 0o777).toBe(0o600)
  expect([existsSync(join(folder, 'elsewhere')), existsSync(`${path}.new`)]).toEqual([false, false])
})
