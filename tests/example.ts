// Runs the examples as a reader of their README does, with the built packages.

import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterEach, expect, type TestContext } from 'vitest'
import { freePort } from './free-port.ts'
import { skipWithout } from './missing.ts'

/** The folder of the examples: in the repository, or a copy of it that uses the packed packages. */
export const examples = process.env.EXAMPLES ?? fileURLToPath(new URL('../examples', import.meta.url))

const children: ChildProcess[] = []
afterEach(() => Promise.all(children.splice(0).map(end)))

/** Ends the whole process group: npm, its shell and the server. */
async function end(child: ChildProcess): Promise<void> {
  const closed = new Promise((resolve) => child.once('close', resolve))
  const kill = (signal: NodeJS.Signals): void => {
    if (child.pid !== undefined && child.exitCode === null && child.signalCode === null)
      process.kill(-child.pid, signal)
  }
  if (child.exitCode !== null || child.signalCode !== null) return
  kill('SIGTERM')
  const late = setTimeout(() => kill('SIGKILL'), 10_000)
  await closed
  clearTimeout(late)
}

/** Runs a script of an example, or its file, until the test ends. */
export function run(folder: string, command: readonly [string, ...string[]], env: NodeJS.ProcessEnv): ChildProcess {
  const [file, ...args] = command
  const child = spawn(file, args, {
    cwd: join(examples, folder),
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  })
  children.push(child)
  return child
}

/** Resolves with the output of a process: when it contains `until`, or without `until` when the process ends. */
export function printed(child: ChildProcess, until?: string): Promise<string> {
  let text = ''
  return new Promise((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk
        if (until !== undefined && text.includes(until)) resolve(text)
      })
    }
    child.once('close', (code) => {
      if (until === undefined && code === 0) resolve(text)
      else reject(new Error(`It ended with ${code}:\n${text}`))
    })
  })
}

/** Skips a test if the database server of an example is missing. In CI the test fails instead. */
export function skipWithoutServer(context: Pick<TestContext, 'task' | 'skip'>): (error: Error) => never {
  return (error) => {
    const [, server] = /Install (redis-server|postgresql)\b/.exec(error.message) ?? []
    if (server !== undefined) skipWithout(context, server === 'postgresql' ? 'PostgreSQL' : 'Redis')
    throw error
  }
}

/** Runs `npm start`. Returns the origin when the example has printed its instructions. */
export async function start(folder: string, args: readonly string[]): Promise<string> {
  const port = await freePort()
  const child = run(folder, ['npm', 'start', '--silent', ...args], { PORT: String(port) })
  const text = await printed(child, 'As its user:')
  expect(text).toContain(`curl -d client_id=tv http://localhost:${port}/oauth/device_authorization`)
  return `http://localhost:${port}`
}

type Form = Readonly<Record<string, string>>
export function post(url: string, form: Form, cookie = ''): Promise<Response> {
  return fetch(url, { method: 'POST', body: new URLSearchParams(form), headers: { cookie }, redirect: 'manual' })
}
export async function json(response: Response): Promise<Record<string, string>> {
  expect(response.headers.get('content-type')).toContain('json')
  return (await response.json()) as Record<string, string>
}
function handleOf(page: string): string {
  return /name="handle" value="([^"]+)"/.exec(page)?.[1] ?? ''
}

/** Approves as a user would, with `fetch` and a cookie in place of a browser. */
export async function approve(origin: string, link: string): Promise<string> {
  const sent = await fetch(link, { redirect: 'manual' })
  const login = new URL(sent.headers.get('location') ?? '', origin)
  expect(login.pathname).toBe('/login')
  const page = await (await fetch(login)).text()
  const return_to = (/name="return_to" value="([^"]+)"/.exec(page)?.[1] ?? '').replaceAll('&amp;', '&')
  const loggedIn = await post(`${origin}/login`, { name: 'ada', return_to })
  expect([loggedIn.status, loggedIn.headers.get('location')]).toEqual([303, login.searchParams.get('return_to')])
  const cookie = loggedIn.headers.get('set-cookie')?.split(';')[0] ?? ''
  const confirm = await (await fetch(new URL(return_to, origin), { headers: { cookie } })).text()
  expect(confirm).toContain('Living-room TV')
  // the server takes no approval within a second of the page
  await wait(1100)
  const done = await post(
    `${origin}/oauth/device`,
    { handle: handleOf(confirm), action: 'approve', own_device: 'yes' },
    cookie,
  )
  return done.text()
}
