import { describe, expect, it } from 'vitest'
import { unattendedReason } from '../../src/sign-in/unattended.ts'
import { fakeOutput, fakeSurroundings } from '../fake-surroundings.ts'

describe('unattendedReason', () => {
  const reason = (env: Record<string, string>, isTTY = false): string | undefined =>
    unattendedReason(fakeSurroundings({ env, stderr: fakeOutput({ isTTY }) }))

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
})
