import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { stripVTControlCharacters } from 'node:util'
import { afterAll, describe, expect, it } from 'vitest'
import { exitCodes } from '../src/exit-codes.ts'
import { main } from '../src/main.ts'
import { fakeSurroundings, fakeTerminal } from './fake-surroundings.ts'

const folder = mkdtempSync(join(tmpdir(), 'device-auth-main-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

async function run(...args: readonly string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const surroundings = fakeSurroundings({})
  const code = await main(args, surroundings)
  return { code, stdout: surroundings.stdout.text, stderr: surroundings.stderr.text }
}

const issuer = ['--issuer', 'https://example.com']

describe('a wrong command line ends with 2, prints nothing to stdout, and says what to do', () => {
  it.each([
    [['nonsense'], "unknown command 'nonsense'"],
    [['logi'], 'Did you mean login?'],
    [['login', '--isuer', 'x'], 'Did you mean --issuer?'],
    [['login', '--issuer'], 'argument missing'],
    [['login'], 'No server given. Pass --issuer https://... or --provider github.'],
    [['login', ...issuer], 'No client given. Pass --client-id'],
    [['login', '--issuer', 'example.com', '--client-id', 'x'], 'Use an address such as https://example.com/oauth.'],
    [
      ['login', '--issuer', 'http://example.com', '--client-id', 'x'],
      'http is allowed only for servers on this machine.',
    ],
    [['login', '--issuer', 'ftp://localhost', '--client-id', 'x'], 'is not an https address'],
    [['login', '--provider', 'githup', '--client-id', 'x'], 'Use one of github, google'],
    [['login', '--provider', 'auth0', '--client-id', 'x'], 'auth0 has a separate issuer for each customer.'],
    [['login', ...issuer, '--client-id', 'x', '--time-limit', 'soon'], 'It must be a number of seconds above 0.'],
    [['login', ...issuer, '--auth-method', 'digest'], 'Allowed choices are basic, post.'],
    [
      ['login', '--issuer', 'https://example.com/.well-known/openid-configuration', '--client-id', 'x'],
      'Pass the issuer itself, which is the value of "issuer" in that document.',
    ],
    [['login', '--issuer', 'https://ada:pw@example.com', '--client-id', 'x'], 'must not contain a user name'],
    [['login', '--issuer', 'https://example.com?x=1', '--client-id', 'x'], 'a query or a fragment'],
    [
      ['login', ...issuer, '--client-id', 'x', '--client-secret-stdin', '--parameter', 'x'],
      'No client secret on stdin.',
    ],
    [['token', '--narrow', ' '], '--narrow is empty. Give it a value, or leave it out.'],
    [['token', '--resource', ''], '--resource is empty.'],
    [['token', '--narrow', 'read', '--audience', ''], '--audience is empty.'],
    [['resume'], 'No sign-in is pending.'],
    [['resume', '../../etc/passwd'], 'No sign-in ../../etc/passwd is pending'],
  ] as const)('%j', async (args, words) => {
    const stdin = new PassThrough()
    stdin.end()
    const surroundings = fakeSurroundings({ env: {}, stdin })
    const folderOption = args[0] === 'resume' ? ['--state-folder', folder] : []
    expect(await main([...args, ...folderOption], surroundings)).toBe(exitCodes.usage)
    expect(surroundings.stderr.text).toContain(words)
    expect(surroundings.stdout.text).toBe('')
  })
})

it('help and version go to stdout and end with 0', async () => {
  expect(await run('--help')).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('device-auth login'),
    stderr: '',
  })
  expect(await run('--version')).toMatchObject({ code: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) })
  expect(await run()).toMatchObject({ code: 2, stdout: '' })
})

it('nothing is saved: token, whoami and logout end with 6, list with 0', async () => {
  for (const command of ['token', 'whoami', 'logout']) {
    const { code, stdout, stderr } = await run(command, '--state-folder', folder)
    expect([code, stdout]).toEqual([exitCodes.notSignedIn, ''])
    expect(stderr).toContain('Sign in with: device-auth login --issuer URL --client-id ID')
  }
  const list = await run('list', '--state-folder', folder)
  expect(list).toEqual({ code: 0, stdout: '', stderr: 'You are not signed in anywhere.\n' })
})

it('--json also reports failures on stdout', async () => {
  const { code, stdout } = await run('token', '--json', '--state-folder', folder)
  expect(JSON.parse(stdout)).toMatchObject({ type: 'failed', error: 'not_signed_in', exit_code: code })
  const wrong = await run('token', '--json', '--nonsense')
  expect(JSON.parse(wrong.stdout)).toMatchObject({ type: 'failed', error: 'usage', exit_code: 2 })
})

it('an abort ends the command within 50 milliseconds, even if the server never answers', async () => {
  const server = createServer(() => {})
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  let least = Number.POSITIVE_INFINITY
  // the machine may be busy with something else: a command that takes longer does so each time
  for (let run = 0; run < 20 && least >= 50; run++) {
    const controller = new AbortController()
    const surroundings = fakeSurroundings({ signal: controller.signal })
    const running = main(['login', '--issuer', address, '--client-id', 'x', '--state-folder', folder], surroundings)
    await once(server, 'request')
    const at = performance.now()
    controller.abort()
    expect(await running).toBe(exitCodes.interrupted)
    least = Math.min(least, performance.now() - at)
    expect(surroundings.stderr.text).toBe('✘ Stopped.\n')
  }
  expect(least).toBeLessThan(50)
  server.closeAllConnections()
  server.close()
})

it('Ctrl-C also ends a command that waits for something else, and removes its status line', async () => {
  const controller = new AbortController()
  const surroundings = fakeSurroundings({ signal: controller.signal, stderr: fakeTerminal() })
  // nobody ever writes the secret
  const running = main(['login', ...issuer, '--client-id', 'x', '--client-secret-stdin'], surroundings)
  controller.abort()
  expect(await running).toBe(exitCodes.interrupted)
  expect(stripVTControlCharacters(surroundings.stderr.text)).toBe('\r✘ Stopped.\n')
})

it('the README lists all exit codes', () => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')
  const table = readme.slice(readme.indexOf('## Exit codes'), readme.indexOf('## For scripts'))
  const named = [...table.matchAll(/^\| ([\d, ]+) \|/gm)].flatMap(([, codes = '']) => codes.split(', ').map(Number))
  expect(named).toEqual(Object.values(exitCodes))
})
