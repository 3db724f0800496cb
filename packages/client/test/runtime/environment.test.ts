import { afterEach, describe, expect, it, vi } from 'vitest'
import { unattendedReason } from '../../src/index.ts'

afterEach(() => vi.unstubAllEnvs())

describe('unattendedReason', () => {
  const reason = (env: Record<string, string>, isTerminal: boolean, showsCode = false): string | undefined =>
    unattendedReason(showsCode, { env, isTerminal })

  it.each([
    [{ CI: 'true' }, 'CI is set'],
    [{ CI: '1' }, 'CI is set'],
    [{ CI: '0' }, undefined],
    [{ CI: 'false' }, undefined],
    [{ CI: 'False' }, undefined],
    [{ CI: '' }, undefined],
    [{ CI: 'true', INTERACTIVE_SESSION: '1' }, undefined],
    [{ CI: 'true', INTERACTIVE_SESSION: '0' }, 'CI is set'],
    [{ SLURM_JOB_ID: '7' }, undefined],
  ])('in a terminal with %j: %s', (env, expected) => {
    expect(reason(env as Record<string, string>, true)).toBe(expected)
  })

  it('without a terminal: nobody sees the code, unless the application shows it itself', () => {
    expect(reason({}, false)).toBe('there is no terminal')
    expect(reason({}, false, true)).toBeUndefined()
    expect(reason({ SLURM_JOB_ID: '7' }, false, true)).toBe('SLURM_JOB_ID is set and there is no terminal')
    expect(reason({ KUBERNETES_SERVICE_HOST: '10.0.0.1' }, false, true)).toMatch(/KUBERNETES/)
  })

  it('reads the environment of this process by default', () => {
    vi.stubEnv('INTERACTIVE_SESSION', '')
    vi.stubEnv('CI', 'yes')
    expect(unattendedReason(true)).toBe('CI is set')
  })
})
