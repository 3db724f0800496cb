import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { fileFault, refuseUnwritable } from '../../src/saved/state-folder.ts'

const place = mkdtempSync(join(tmpdir(), 'device-auth-folder-'))
afterAll(() => rmSync(place, { recursive: true, force: true }))

it('makes the folder for its owner alone, and leaves nothing in it', async () => {
  const folder = join(place, 'a', 'b')
  await refuseUnwritable(folder)
  expect([statSync(folder).mode & 0o777, readdirSync(folder)]).toEqual([0o700, []])
})

it('a folder that cannot be made, or in which nothing can be written', async () => {
  const file = join(place, 'file')
  writeFileSync(file, '')
  await expect(refuseUnwritable(join(file, 'state'))).rejects.toMatchObject({
    exitCode: 1,
    message: `Sign-ins cannot be saved in ${join(file, 'state')}: a part of that path is a file.`,
    details: { error: 'not_saved', hint: expect.stringContaining('--state-folder') },
  })
  await expect(refuseUnwritable(file)).rejects.toThrow('that path is a file')
  // nobody may write here, not even root
  if (existsSync('/proc/self'))
    await expect(refuseUnwritable('/proc/self/device-auth')).rejects.toThrow('cannot be saved')
})

it('fileFault says in words what a code means', () => {
  const fault = (code: string): string => fileFault(Object.assign(new Error(`${code}: odd`), { code }))
  expect(['EACCES', 'EROFS', 'ENOSPC', 'EODD'].map(fault)).toEqual([
    'you have no permission',
    'the file system is read-only',
    'the disk is full',
    'EODD: odd',
  ])
})
