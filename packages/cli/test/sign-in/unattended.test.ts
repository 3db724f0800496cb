import { closeSync, mkdtempSync, openSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { unattendedBecause } from '../../src/sign-in/unattended.ts'
import { fakeOutput, fakeSurroundings, fakeTerminal } from '../fake-surroundings.ts'

const folder = mkdtempSync(join(tmpdir(), 'device-auth-unattended-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('unattendedBecause', () => {
  const reason = (env: Record<string, string>, isTTY = false): string | undefined =>
    unattendedBecause(fakeSurroundings({ env, stderr: fakeOutput({ isTTY }) }), false)

  it('CI, and batch jobs without a terminal', () => {
    expect(reason({ CI: 'true' }, true)).toBe('CI is set')
    expect(reason({ SLURM_JOB_ID: '7' })).toBe('SLURM_JOB_ID is set and there is no terminal')
    expect(reason({ SLURM_JOB_ID: '7' }, true)).toBeUndefined()
  })

  it('a pipe alone is no reason: another program may show the code to somebody', () => {
    expect([reason({}), reason({ CI: 'false' }), reason({ CI: '1', INTERACTIVE_SESSION: '1' })]).toEqual(
      Array(3).fill(undefined),
    )
  })

  it.each([
    ['a file', join(folder, 'log')],
    ['/dev/null', '/dev/null'],
  ])('nobody reads %s', (_name, path) => {
    const fd = openSync(path, 'a')
    const unread = fakeOutput({ fd })
    const nobody = 'there is no terminal'
    expect(unattendedBecause(fakeSurroundings({ env: {}, stderr: unread }), false)).toBe(nobody)
    expect(unattendedBecause(fakeSurroundings({ env: {}, stdout: unread }), true)).toBe(nobody)
    // the code goes to the other output
    expect(unattendedBecause(fakeSurroundings({ env: {}, stderr: unread }), true)).toBeUndefined()
    expect(unattendedBecause(fakeSurroundings({ env: {}, stdout: unread }), false)).toBeUndefined()
    // a person started the command at a terminal, and can read the file
    const stdin = Object.assign(fakeSurroundings({}).stdin, { isTTY: true })
    expect(unattendedBecause(fakeSurroundings({ env: {}, stdin, stderr: unread }), false)).toBeUndefined()
    expect(unattendedBecause(fakeSurroundings({ env: {}, stderr: fakeTerminal() }), true)).toBeUndefined()
    closeSync(fd)
    expect(unattendedBecause(fakeSurroundings({ env: {}, stderr: unread }), false)).toBe(nobody)
  })
})
