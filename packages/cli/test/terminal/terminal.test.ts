import { describe, expect, it } from 'vitest'
import { terminalOf } from '../../src/terminal/terminal.ts'
import { fakeOutput, fakeTerminal } from '../fake-surroundings.ts'

const utf8 = { LANG: 'en_US.UTF-8' }

describe('terminalOf', () => {
  it.each([
    ['a terminal', { ...utf8, TERM: 'xterm' }, 'linux', [true, true, true]],
    ['a dumb one', { ...utf8, TERM: 'dumb' }, 'linux', [false, false, true]],
    ['NO_COLOR', { ...utf8, NO_COLOR: '1' }, 'linux', [true, false, true]],
    ['an empty NO_COLOR, which is ignored', { ...utf8, NO_COLOR: '' }, 'linux', [true, true, true]],
    ['an encoding other than UTF-8', { LANG: 'de_DE.ISO-8859-1' }, 'linux', [true, true, false]],
    ['LC_ALL before LANG', { LC_ALL: 'C', ...utf8 }, 'linux', [true, true, false]],
    ['no locale', {}, 'linux', [true, true, false]],
    ['no locale on macOS', {}, 'darwin', [true, true, true]],
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
