import { describe, expect, it } from 'vitest'
import { canOpenBrowser } from '../../src/sign-in/browser.ts'
import { fakeSurroundings, fakeTerminal } from '../fake-surroundings.ts'

describe('canOpenBrowser', () => {
  const stdin = Object.assign(fakeSurroundings({}).stdin, { isTTY: true })
  const on = (env: Record<string, string>, platform: NodeJS.Platform = 'linux'): boolean =>
    canOpenBrowser(fakeSurroundings({ env, platform, stdin, stderr: fakeTerminal() }))

  it('with a display', () => {
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
