import { describe, expect, it } from 'vitest'
import { canOpenBrowser, terminalOf, unattendedReason } from '../src/terminal.ts'
import { fakeOutput, fakeSurroundings, fakeTerminal } from './fake-surroundings.ts'

const utf8 = { LANG: 'en_US.UTF-8' }

describe('terminalOf', () => {
  it.each([
    ['a terminal', { ...utf8, TERM: 'xterm' }, 'linux', [true, true, true]],
    ['a dumb one', { ...utf8, TERM: 'dumb' }, 'linux', [false, false, true]],
    ['NO_COLOR', { ...utf8, NO_COLOR: '1' }, 'linux', [true, false, true]],
    ['an empty NO_COLOR, which counts for nothing', { ...utf8, NO_COLOR: '' }, 'linux', [true, true, true]],
    ['another encoding', { LANG: 'de_DE.ISO-8859-1' }, 'linux', [true, true, false]],
    ['LC_ALL before LANG', { LC_ALL: 'C', ...utf8 }, 'linux', [true, true, false]],
    ['no locale', {}, 'linux', [true, true, false]],
    ['no locale on a Mac', {}, 'darwin', [true, true, true]],
    ['the console of Linux', { ...utf8, TERM: 'linux' }, 'linux', [true, true, false]],
    ['the old console of Windows', {}, 'win32', [true, true, false]],
    ['the Windows Terminal', { WT_SESSION: 'x' }, 'win32', [true, true, true]],
  ] as const)('%s', (_name, env, platform, expected) => {
    const { live, colors, unicode } = terminalOf(fakeTerminal(), { env, platform })
    expect([live, colors, unicode]).toEqual(expected)
  })

  it('a pipe is not live; a terminal without a size counts as 80x24', () => {
    expect(terminalOf(fakeOutput(), { env: utf8, platform: 'linux' })).toMatchObject({ live: false, colors: false })
    const { columns, rows } = terminalOf(fakeTerminal(0, 0), { env: utf8, platform: 'linux' })
    expect([columns, rows]).toEqual([80, 24])
  })
})

describe('canOpenBrowser', () => {
  const stdin = Object.assign(fakeSurroundings({}).stdin, { isTTY: true })
  const on = (env: Record<string, string>, platform: NodeJS.Platform = 'linux'): boolean =>
    canOpenBrowser(fakeSurroundings({ env, platform, stdin, stderr: fakeTerminal() }))

  it('with a display, before a person', () => {
    expect([on({ DISPLAY: ':0' }), on({ WAYLAND_DISPLAY: 'w' }), on({}), on({}, 'darwin'), on({}, 'win32')]).toEqual([
      true,
      true,
      false,
      true,
      true,
    ])
  })

  it.each(['SSH_CONNECTION', 'SSH_TTY', 'CI'])('not with %s', (name) => {
    expect(on({ DISPLAY: ':0', [name]: 'true' })).toBe(false)
    expect(on({ [name]: 'true' }, 'darwin')).toBe(false)
  })

  it('not in a pipe, not in a dumb terminal', () => {
    expect(canOpenBrowser(fakeSurroundings({ env: { DISPLAY: ':0' } }))).toBe(false)
    expect(on({ DISPLAY: ':0', TERM: 'dumb' })).toBe(false)
  })
})

describe('unattendedReason', () => {
  const reason = (env: Record<string, string>, isTTY = false): string | undefined =>
    unattendedReason(fakeSurroundings({ env, stderr: fakeOutput({ isTTY }) }))

  it('CI, and batch jobs without a terminal', () => {
    expect(reason({ CI: 'true' }, true)).toBe('CI is set')
    expect(reason({ SLURM_JOB_ID: '7' })).toBe('SLURM_JOB_ID is set and there is no terminal')
    expect(reason({ SLURM_JOB_ID: '7' }, true)).toBeUndefined()
  })

  it('a pipe alone is no reason: an agent may show the code to somebody', () => {
    expect([reason({}), reason({ CI: 'false' }), reason({ CI: '1', INTERACTIVE_SESSION: '1' })]).toEqual(
      Array(3).fill(undefined),
    )
  })
})
