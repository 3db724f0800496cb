// Every small example as its reader runs it, on the built packages: a device and a person with a cookie sign in.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { fileURLToPath } from 'node:url'
import { afterEach, expect, it, vi } from 'vitest'

vi.setConfig({ testTimeout: 120_000 })

const examples: readonly (readonly [folder: string, args: readonly string[]])[] = [
  ['koa', []],
  ['fastify', []],
  ['node-http', []],
  ['hono', []],
  ['passport', []],
  ['own-pages', []],
  ['nest', ['express']],
  ['nest', ['fastify']],
]

const children: ChildProcess[] = []
afterEach(() => {
  // npm, its shell and the server are one group
  for (const { pid } of children.splice(0)) if (pid !== undefined) process.kill(-pid, 'SIGKILL')
})

async function freePort(): Promise<number> {
  const server = createServer()
  await once(server.listen(0, 'localhost'), 'listening')
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return typeof address === 'object' && address !== null ? address.port : 0
}

/** Runs `npm start`; answers with its origin when it has said what to do. */
async function start(folder: string, args: readonly string[]): Promise<string> {
  const port = await freePort()
  const child = spawn('npm', ['start', '--silent', ...args], {
    cwd: fileURLToPath(new URL(`../examples/${folder}`, import.meta.url)),
    env: { ...process.env, PORT: String(port) },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  })
  children.push(child)
  let text = ''
  await new Promise<void>((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk
        if (text.includes('As its user:')) resolve()
      })
    }
    child.once('close', (code) => reject(new Error(`It ended with ${code}:\n${text}`)))
  })
  expect(text).toContain(`curl -d client_id=tv http://localhost:${port}/oauth/device_authorization`)
  return `http://localhost:${port}`
}

type Form = Readonly<Record<string, string>>
function post(url: string, form: Form, cookie = ''): Promise<Response> {
  return fetch(url, { method: 'POST', body: new URLSearchParams(form), headers: { cookie }, redirect: 'manual' })
}
async function json(response: Response): Promise<Record<string, string>> {
  expect(response.headers.get('content-type')).toContain('json')
  return (await response.json()) as Record<string, string>
}
function handleOf(page: string): string {
  return /name="handle" value="([^"]+)"/.exec(page)?.[1] ?? ''
}

/** A person with a browser that is no more than fetch and a cookie. */
async function approve(origin: string, link: string): Promise<string> {
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
  const done = await post(`${origin}/oauth/device`, { handle: handleOf(confirm), action: 'approve' }, cookie)
  return done.text()
}

it.each(examples)('examples/%s %j signs a TV in', async (folder, args) => {
  const origin = await start(folder, args)
  const codes = await json(await post(`${origin}/oauth/device_authorization`, { client_id: 'tv' }))
  expect(await approve(origin, codes.verification_uri_complete ?? '')).toContain('Device connected')
  const { access_token } = await json(
    await post(`${origin}/oauth/token`, {
      client_id: 'tv',
      grant_type: 'urn:ietf:params:oauth:grant-type:device_code',
      device_code: codes.device_code ?? '',
    }),
  )
  const me = (headers: Record<string, string>): Promise<Response> => fetch(`${origin}/api/me`, { headers })
  expect(await json(await me({ authorization: `Bearer ${access_token}` }))).toEqual({ name: 'ada' })
  expect((await me({})).headers.get('www-authenticate')).toContain('Bearer realm=')
  const metadata = await fetch(`${origin}/.well-known/oauth-authorization-server/oauth`)
  expect((await json(metadata)).issuer).toBe(`${origin}/oauth`)

  for (const return_to of ['//evil.example/oauth/device', 'https://evil.example/oauth/device', '/oauth/device"><b>']) {
    const { headers } = await post(`${origin}/login`, { name: 'ada', return_to })
    expect(headers.get('location'), return_to).toBe('/oauth/device')
  }
})
