// The command line as people see it: the screen of tmux, and the bytes that a pseudo-terminal receives.
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, expect, it } from 'vitest'
import { bin, cleanUp, missing, type Running, run, stateFolder } from './cli-process.ts'
import { ourServer } from './cli-servers.ts'
import { openWindow, quoted, type Window } from './cli-tmux.ts'
import { describeWith } from './missing.ts'
import { closeServers } from './serve.ts'

const windows: Window[] = []
afterEach(() => {
  for (const window of windows.splice(0)) window.close()
  cleanUp()
  closeServers()
})

type Server = Awaited<ReturnType<typeof ourServer>>
const args = ({ issuer, userinfo }: Server): readonly string[] => [
  ...['login', '--issuer', issuer, '--client-id', 'cli', '--scope', 'profile', '--userinfo', userinfo],
  ...['--state-folder', stateFolder()],
]

function open(size: readonly [number, number], server: Server, env: Readonly<Record<string, string>> = {}): Window {
  const window = openWindow(size, args(server), env)
  windows.push(window)
  return window
}

const codePattern = /([B-Z]{4}-[B-Z]{4})/

describeWith(missing('tmux'), 'in a terminal', () => {
  it('80x24: QR code, code and address at once, the time counts down in place, then who signed in', async () => {
    const server = await ourServer(1)
    const window = open([80, 24], server)
    const first = await window.shows(/Waiting for approval, (\d+:\d\d) left\./)
    const screen = window.screen()
    // only the quiet zones above and below a QR code are that long, and each has two lines
    expect(screen.match(/^█{30,}$/gm)?.length).toBe(4)
    expect(screen).toMatch(codePattern)
    expect(screen).toContain(`${server.issuer}/device`)
    await expect.poll(() => window.screen()).not.toContain(first)
    expect(window.screen().match(/Waiting/g)?.length).toBe(1)
    // there is no display, so no browser is offered
    expect(window.screen()).not.toContain('browser')
    await server.deviceAuth.approve(await window.shows(codePattern), { subject: 'ada' })
    await window.shows(/END 0/)
    expect(window.screen()).toContain('✔ Signed in. Hello, Ada Lovelace!\nEND 0')
    expect(window.screen()).not.toContain('Waiting')
  })

  it('Ctrl-C removes the status line, leaves the cursor below, and revokes the code', async () => {
    const server = await ourServer(1)
    const window = open([80, 24], server)
    const userCode = await window.shows(codePattern)
    await window.shows(/Waiting/)
    window.press('C-c')
    await window.shows(/✘ Stopped\.( The code is no longer valid\.)?\nEND 130/)
    expect(window.screen()).not.toContain('Waiting')
    expect(window.property('#{cursor_flag} #{cursor_x}')).toBe('1 0')
    await expect.poll(() => server.deviceAuth.find(userCode)).toBeUndefined()
  })

  it('40 columns: only the status line is cut off', async () => {
    const window = open([40, 24], await ourServer(1))
    await window.shows(/Waiting/)
    const text = window.screen().replaceAll('\n', ' ').replace(/\s+/g, ' ')
    expect(text).toMatch(/Open http\S+ ?\S* and enter the code [B-Z]{4}-[B-Z]{4} Waiting for approval, \d+:\d\d/)
  })

  it('Enter opens the browser once, with the complete address; other keys do nothing', async () => {
    const server = await ourServer(1)
    const file = join(stateFolder(), 'opened')
    const browser = `${file}.sh`
    writeFileSync(browser, `#!/bin/sh\necho "$1" >> '${file}'\n`)
    chmodSync(browser, 0o700)
    const window = open([80, 24], server, { BROWSER: browser })
    await window.shows(/left\. Enter opens the browser\./)
    const userCode = await window.shows(codePattern)
    window.press('x', 'y')
    window.press('Enter')
    await window.shows(/Continue in your browser\./)
    window.press('Enter')
    await server.deviceAuth.approve(userCode, { subject: 'ada' })
    await window.shows(/END 0/)
    expect(readFileSync(file, 'utf8')).toBe(`${server.issuer}/device?user_code=${userCode}\n`)
    expect(window.screen()).not.toContain('Waiting')
  })

  it('over SSH no browser is offered, and Enter does nothing', async () => {
    const file = join(stateFolder(), 'opened')
    const env = { BROWSER: `touch ${file}`, SSH_CONNECTION: '192.0.2.1 1 192.0.2.2 22' }
    const window = open([80, 24], await ourServer(1), env)
    await window.shows(/Waiting/)
    window.press('Enter')
    await window.shows(/9:5[0-7] left/)
    expect(window.screen()).not.toContain('browser')
    expect(existsSync(file)).toBe(false)
  })
})

describeWith(missing('script', 'script --version | grep -q util-linux'), 'the bytes for a terminal', () => {
  const inTerminal = (server: Server, env: Readonly<Record<string, string>>): Running => {
    const command = [process.execPath, bin, ...args(server)].map(quoted).join(' ')
    return run(['-qec', command, '/dev/null'], env, ['script'])
  }

  it.each([
    ['xterm-256color', {}, true, true],
    ['NO_COLOR', { NO_COLOR: '1' }, true, false],
    ['TERM=dumb', { TERM: 'dumb' }, false, false],
  ] as const)('%s', async (_name, env, isLive, isColored) => {
    const server = await ourServer(1)
    const terminal = inTerminal(server, env)
    const userCode = await terminal.printed(codePattern)
    await terminal.printed(/Waiting/)
    await server.deviceAuth.approve(userCode, { subject: 'ada' })
    const { code, stdout } = await terminal.ended
    expect(code).toBe(0)
    expect(stdout.includes('\r\x1b[K')).toBe(isLive)
    expect(stdout.includes('\x1b[1m')).toBe(isColored)
    // no hidden cursor, no alternate screen, no mouse: nothing has to be restored at the end
    const others = stdout.replaceAll('\x1b[K', '').split('\x1b').slice(1)
    expect(others.filter((sequence) => !/^\[[\d;]*m/.test(sequence))).toEqual([])
    if (!isColored) expect(others).toEqual([])
  })
})
