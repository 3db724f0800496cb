// Each example of a client in the READMEs signs in at each example of a server: only addresses and ports are changed.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { DeviceAuth } from '@device-auth/core'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { freePort } from './free-port.ts'
import { blocksOf } from './scripts/readme-blocks.ts'

const folder = fileURLToPath(new URL('.generated/readme-sign-in', import.meta.url))

/** The README of each example of a server, the last line that gives its {@link DeviceAuth}, and its path of an API. */
const servers = [
  ['README.md', 'export { deviceAuth }', '/me'],
  ['packages/core/README.md', 'export { deviceAuth }', undefined],
  ['packages/express/README.md', 'export { deviceAuth }', '/me'],
  ['packages/koa/README.md', 'export { deviceAuth }', '/me'],
  ['packages/fastify/README.md', 'export const deviceAuth = app.deviceAuth', '/me'],
  [
    'packages/nest/README.md',
    "import { DEVICE_AUTH } from '@device-auth/nest'\nexport const deviceAuth = app.get(DEVICE_AUTH)",
    '/me',
  ],
] as const

interface ServerExample {
  readonly deviceAuth: Pick<DeviceAuth, 'approve' | 'authenticate'>
  readonly running: { close(): unknown }
}

const printed: string[] = []
const running: ServerExample['running'][] = []

beforeAll(() => {
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  const print = (...texts: readonly unknown[]): boolean => {
    printed.push(texts.join(' '))
    return true
  }
  vi.spyOn(console, 'log').mockImplementation(print)
  vi.spyOn(process.stderr, 'write').mockImplementation(print)
})
afterAll(async () => {
  vi.restoreAllMocks()
  for (const server of running) await server.close()
})

function example(readme: string, index: number): string {
  const block = blocksOf(readme, readFileSync(new URL(`../${readme}`, import.meta.url), 'utf8'))[index]
  if (block === undefined) throw new Error(`${readme} has no example ${index + 1}.`)
  return block.code
}

async function load<T>(code: string, origin: string, name: string): Promise<T> {
  const { port } = new URL(origin)
  const path = join(folder, `${name.replaceAll(/\W/g, '_')}_${port}.ts`)
  writeFileSync(path, code.replaceAll(/https:\/\/example\.com|http:\/\/localhost:3000/g, origin).replace('3000', port))
  return await import(path)
}

async function startServer(readme: string, ending: string): Promise<ServerExample & { readonly origin: string }> {
  const origin = `http://localhost:${await freePort()}`
  const code = example(readme, 0)
  const started = code.includes('await app.listen(')
    ? `${code}\nexport const running = app`
    : code.replace(/^(?=.*\.listen\(3000\)$)/m, 'export const running = ')
  const server = await load<ServerExample>(`${started}\n${ending}`, origin, readme)
  running.push(server.running)
  return { ...server, origin }
}

/** Approves as soon as the client has printed its code. */
async function approve({ deviceAuth, origin }: Awaited<ReturnType<typeof startServer>>): Promise<void> {
  const code = new RegExp(`${origin}/oauth/device[\\s\\S]*?\\b([B-Z]{4}-[B-Z]{4})\\b`)
  for (;;) {
    const userCode = code.exec(printed.join('\n'))?.[1]
    if (userCode !== undefined) {
      expect(await deviceAuth.approve(userCode, { subject: 'ada' })).toBe('decided')
      printed.splice(0, printed.length, ...printed.filter((text) => !text.includes(userCode)))
      return
    }
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

type Result = { readonly result: { readonly ok: boolean; readonly headers?: Record<string, string> } }

describe('a sign-in with the examples of the READMEs', () => {
  it.concurrent.each(servers)(
    'the clients of packages/client/README.md at the server of %s',
    async (readme, end, api) => {
      const server = await startServer(readme, end)
      const client = (index: number): string => example('packages/client/README.md', index)

      // a test has no terminal, and keeps no tokens of its user
      const state = mkdtempSync(join(tmpdir(), 'device-auth-readme-'))
      const store = `new FileTokenStore({ folder: ${JSON.stringify(state)} }),\n  interactive: true,`
      const first = client(0).replace('new FileTokenStore(),', store)
      expect(first).toContain(store)
      const signedIn = await Promise.all([
        load<Result>(`${first}\nexport { result }`, server.origin, 'authenticate'),
        approve(server),
      ])
      rmSync(state, { recursive: true })

      const flow = await Promise.all([
        load<Result>(`${client(1)}\nflow.close()\nexport { result }`, server.origin, 'flow'),
        approve(server),
      ])
      for (const [{ result }] of [signedIn, flow]) {
        expect(result.ok).toBe(true)
        const authorization = new Headers(result.headers).get('authorization') ?? ''
        expect(await server.deviceAuth.authenticate(authorization.replace('Bearer ', ''))).toMatchObject({
          subject: 'ada',
        })
        if (api !== undefined) {
          const answer = await fetch(server.origin + api, { headers: { authorization } })
          expect(await answer.json()).toMatchObject(readme === 'README.md' ? { subject: 'ada' } : { sub: 'ada' })
        }
      }

      const poll = `${client(2).replace('console.log(token.error, token.interval)', 'heard = [token.error, token.interval]')}`
      const { heard } = await load<{ heard: unknown }>(`export let heard: unknown\n${poll}`, server.origin, 'poll')
      expect(heard).toEqual(['authorization_pending', undefined])
    },
    60_000,
  )
})
