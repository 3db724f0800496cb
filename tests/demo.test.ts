// The demo as a reader of its README runs it: child processes with the built packages, checked by their output.

import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { stripVTControlCharacters } from 'node:util'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type RunningExample, startExample } from './e2e-app.ts'
import buildPackages from './e2e-build.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const folder = fileURLToPath(new URL('../examples/express', import.meta.url))

interface Running {
  readonly process: ChildProcess
  /** Everything printed so far, without colours. */
  readonly output: () => string
  /** Resolves with the first group of the pattern, as soon as it is printed. */
  readonly printed: (pattern: RegExp) => Promise<string>
  readonly exitCode: Promise<number | null>
}

const children: ChildProcess[] = []

function run(command: string, args: readonly string[], env: Record<string, string> = {}, cwd = folder): Running {
  const child = spawn(command, args, { cwd, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
  children.push(child)
  let text = ''
  const readers = new Set<() => void>()
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      text += stripVTControlCharacters(chunk)
      for (const read of readers) read()
    })
  }
  const exitCode = new Promise<number | null>((resolve) => child.once('close', resolve))
  const printed = (pattern: RegExp): Promise<string> =>
    new Promise((resolve, reject) => {
      const read = (): void => {
        const found = pattern.exec(text)
        if (found !== null) resolve(found[1] ?? found[0])
      }
      readers.add(read)
      read()
      void exitCode.then((code) => reject(new Error(`It ended with ${code}, without ${pattern}:\n${text}`)))
    })
  return { process: child, output: () => text, printed, exitCode }
}

const codePattern = /^ {6}([B-Z]{4}-[B-Z]{4})$/m

/** Approves as a user would, with `fetch` and a cookie in place of a browser. */
async function approve(origin: string, userCode: string): Promise<string> {
  const post = (path: string, form: Record<string, string>, cookie = ''): Promise<Response> =>
    fetch(origin + path, { method: 'POST', body: new URLSearchParams(form), redirect: 'manual', headers: { cookie } })
  const loggedIn = await post('/login', { username: 'grace', password: 'compiler', return_to: '/oauth/device' })
  expect(loggedIn.headers.get('location')).toBe('/oauth/device')
  const cookie = loggedIn.headers.get('set-cookie')?.split(';')[0] ?? ''
  const get = async (path: string): Promise<string> => (await fetch(origin + path, { headers: { cookie } })).text()
  const handleOf = (page: string): string => /name="handle" value="([^"]+)"/.exec(page)?.[1] ?? ''
  const handle = handleOf(await get('/oauth/device'))
  const found = await post('/oauth/device', { handle, user_code: userCode, action: 'continue' }, cookie)
  const confirm = await get(found.headers.get('location') ?? '')
  expect(confirm).toContain('Terminal demo')
  // the server takes no approval within a second of the page
  await wait(1100)
  const done = await post('/oauth/device', { handle: handleOf(confirm), action: 'approve', own_device: 'yes' }, cookie)
  return done.text()
}

afterEach(async () => {
  for (const child of children.splice(0)) {
    if (child.exitCode === null) child.kill('SIGKILL')
  }
})

describe('npm run demo', () => {
  beforeAll(async () => {
    if (!existsSync(`${root}/packages/express/dist/index.mjs`)) await buildPackages()
  }, 300_000)

  it('prints addresses and a code, waits for the approval, and prints the name of the user', async () => {
    const demo = run(
      'npm',
      ['run', '--silent', 'demo', '--workspace', 'examples/express'],
      { PORT: '0', CI: 'true' },
      root,
    )
    const origin = await demo.printed(/The TV +(http:\/\/localhost:\d+)\/tv/)
    const userCode = await demo.printed(codePattern)
    await demo.printed(/Waiting for approval, \d+:\d\d left/)
    expect(demo.output()).toContain(`Open ${origin}/oauth/device and enter the code`)
    expect(await (await fetch(`${origin}/tv`)).text()).toContain('tv.js')
    expect(await approve(origin, userCode)).toContain('Device connected')
    await demo.printed(/Signed in\. Hello, Grace Hopper!/)
    expect(await demo.exitCode).toBe(0)
  })

  it('takes the next port if its own is in use, and says so', async () => {
    const blocker = createServer()
    await new Promise<void>((resolve) => blocker.listen(0, 'localhost', resolve))
    const { port } = blocker.address() as AddressInfo
    const server = run('node', ['start.js'], { PORT: String(port) })
    await server.printed(new RegExp(`Port ${port} is taken, trying ${port + 1}`))
    const origin = await server.printed(/(http:\/\/localhost:\d+)\/tv/)
    expect(Number(new URL(origin).port)).toBeGreaterThan(port)
    expect((await fetch(`${origin}/tv`)).status).toBe(200)
    blocker.close()
  })
})

describe('the log-in of the demo', () => {
  let example: RunningExample
  beforeAll(async () => {
    example = await startExample()
  })
  afterAll(() => example.close())

  function logIn(form: Record<string, string>, headers: Record<string, string> = {}): Promise<Response> {
    const body = new URLSearchParams({ username: 'ada', password: 'engine', ...form })
    return fetch(`${example.origin}/login`, { method: 'POST', body, headers, redirect: 'manual' })
  }

  it('redirects back to the pages for devices, with their handle, and to no other address', async () => {
    const back = (await logIn({ return_to: '/oauth/device?handle=abc' })).headers.get('location')
    expect(back).toBe('/oauth/device?handle=abc')
    const devices = (await logIn({ return_to: '/oauth/devices?handle=abc' })).headers.get('location')
    expect(devices).toBe('/oauth/devices?handle=abc')
    const elsewhere = [
      'https://evil.example/oauth/device',
      '//evil.example/oauth/device',
      '/\\evil.example',
      '/oauth/device/../../admin',
      '/oauth/deviceful',
      '/login',
      'javascript:alert(1)',
      '',
    ]
    for (const return_to of elsewhere) {
      expect((await logIn({ return_to })).headers.get('location'), return_to).toBe('/oauth/device')
    }
  })

  it('escapes the address that it shows', async () => {
    const query = new URLSearchParams({ return_to: '/oauth/device?"><script>alert(1)</script>' })
    const page = await (await fetch(`${example.origin}/login?${query}`)).text()
    expect(page).toContain('&#60;script&#62;')
    expect(page).not.toContain('<script')
  })

  it('refuses a wrong password, an unknown name and a form of another site', async () => {
    expect((await logIn({ password: 'wrong' })).status).toBe(401)
    expect((await logIn({ username: 'nobody' })).status).toBe(401)
    expect((await logIn({}, { 'sec-fetch-site': 'cross-site' })).status).toBe(403)
    expect((await logIn({})).headers.get('set-cookie')).toMatch(/HttpOnly; SameSite=Lax$/)
  })
})
