import { execFile } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { beforeAll, describe, expect, it } from 'vitest'
import { type Block, blocksOf, examplesOf } from './scripts/readme-blocks.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
// below this workspace, so that the packages and express resolve as they do for its tests
const folder = fileURLToPath(new URL('.generated/readme', import.meta.url))
const tsc = join(root, 'node_modules/@typescript/native/bin/tsc')

function markdownFiles(): readonly string[] {
  const inside = (folder: string): string[] =>
    existsSync(join(root, folder)) ? readdirSync(join(root, folder)).map((name) => `${folder}/${name}`) : []
  const readmes = [...inside('packages'), ...inside('examples')].map((name) => `${name}/README.md`)
  const docs = [...inside('docs'), ...inside('docs/decisions'), ...inside('docs/guides')].filter((name) =>
    name.endsWith('.md'),
  )
  return ['README.md', 'CONTRIBUTING.md', 'SECURITY.md', ...readmes, ...docs].filter((file) =>
    existsSync(join(root, file)),
  )
}

const config = {
  extends: '../../../tsconfig.base.json',
  compilerOptions: {
    allowJs: true,
    checkJs: true,
    experimentalDecorators: true,
    noUnusedLocals: false,
    noUnusedParameters: false,
  },
  include: ['*.ts', '*.js'],
}

/** The part of frameworks that the guides use: they are not installed, and nothing of theirs is tested here. */
const frameworks = `
declare module 'next/headers' {
  export function cookies(): Promise<{ get(name: string): { value: string } | undefined }>
}
declare module '@sveltejs/kit' {
  interface Event { request: Request; url: URL; cookies: { get(name: string): string | undefined }; getClientAddress(): string }
  export type Handle = (input: { event: Event; resolve(event: Event): Promise<Response> }) => Response | Promise<Response>
}
declare module 'astro:middleware' {
  interface Context { request: Request; url: URL; clientAddress: string; cookies: { get(name: string): { value: string } | undefined } }
  type Middleware = (context: Context, next: () => Promise<Response>) => Response | Promise<Response>
  export function defineMiddleware(middleware: Middleware): Middleware
}
declare module 'react-router' {
  export function createCookieSessionStorage(options: { cookie: { name: string; secrets: string[] } }): {
    getSession(cookie: string | null): Promise<{ get(name: string): unknown }>
  }
}
declare module '@adonisjs/core/http' {
  export interface HttpContext {
    request: { request: import('node:http').IncomingMessage; raw(): string | null; cookiesList(): Record<string, string | undefined> }
    response: { response: import('node:http').ServerResponse }
  }
}
declare module '@adonisjs/core/services/router' {
  type Answer = (context: import('@adonisjs/core/http').HttpContext) => Promise<void>
  const router: { any(pattern: string, answer: Answer): void; get(pattern: string, answer: Answer): void }
  export default router
}
declare module '*/auth' {
  interface Found { user: { id: string; name: string }; session: { id: string } }
  export const auth: { api: { getSession(from: { headers: Headers }): Promise<Found | null> } }
}
declare module 'nitro/h3' {
  interface H3Event { req: Request; runtime?: { node?: { res?: import('node:http').ServerResponse } } }
  export function defineHandler<T>(handler: (event: H3Event) => T): (event: H3Event) => T
  export function getCookie(event: H3Event, name: string): string | undefined
  export function getRequestIP(event: H3Event): string | undefined
}
declare module 'h3' {
  interface H3Event { node: { res: import('node:http').ServerResponse } }
  export function defineEventHandler<T>(handler: (event: H3Event) => T): (event: H3Event) => T
  export function getCookie(event: H3Event, name: string): string | undefined
  export function getRequestIP(event: H3Event): string | undefined
  export function toWebRequest(event: H3Event): Request
}
`

function fileName({ place, language }: Block, variant: 'alone' | 'continued'): string {
  return `${place.replace(/[/:]/g, '_')}.${variant}.${language}`
}

async function compile(blocks: readonly Block[]): Promise<readonly string[]> {
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(config))
  await writeFile(join(folder, 'frameworks.d.ts'), frameworks)
  for (const block of blocks) {
    await writeFile(join(folder, fileName(block, 'alone')), `${block.code}\nexport {}\n`)
    await writeFile(join(folder, fileName(block, 'continued')), `${block.continued}\nexport {}\n`)
  }
  const run = promisify(execFile)(process.execPath, [tsc, '-p', folder, '--pretty', 'false'], { cwd: root })
  const { stdout } = await run.catch((failure: { stdout: string }) => failure)
  return stdout.split('\n').filter((line) => line !== '')
}

const blocks: Block[] = []
for (const file of markdownFiles()) blocks.push(...blocksOf(file, await readFile(join(root, file), 'utf8')))

/** The names that the examples in doc comments use: core's, and those that stand for the application. */
const prelude = `
import { randomBytes } from 'node:crypto'
import {
  type ApprovedGrant, createDeviceAuth, deviceClient, DeviceAuthHooks, type DeviceAuthorizationContext, type DeviceCredential, type EndpointName,
  type Hooks, hashSecret, type IssuedCodes, OAuthError, type PageModel, type ParsedRequest, REFRESH_TOKEN_GRANT_TYPE,
  secretsEqual, type Signals,
} from '@device-auth/core'
interface Account { readonly id: string; readonly email: string; readonly locked: boolean }
declare const db: {
  accounts: { find(id: string): Promise<Account | undefined>; findByEmail(email: string): Promise<Account | undefined> }
  audit: { insert(entry: object): Promise<void> }
  credentials: { insert(row: DeviceCredential): Promise<boolean>; find(id: string): Promise<DeviceCredential | undefined> }
  members: { has(workspace: string, account: string): Promise<boolean> }
  decisions: { find(id: string): Promise<{ accountId: string; approved: boolean } | undefined> }
  partners: { has(clientId: string): Promise<boolean> }
  sessions: { count(account: string): Promise<number>; upsert(row: { id: string; account: string; tokenHash: string }): Promise<void>; deleteByUser(account: string): Promise<void> }
}
declare const geoip: { lookup(ip: string): Promise<{ city: string; countryName: string; countryCode: string } | undefined> }
declare const logger: { error(entry: object, message: string): void }
declare const retired: ReadonlySet<string>
declare const templates: { render(name: string, values: object): Promise<string> }
`
for (const room of ['packages/core/src/contract', 'packages/core/src/server']) {
  const sources = readdirSync(join(root, room), { recursive: true }).filter((name) => String(name).endsWith('.ts'))
  for (const file of sources.map((name) => `${room}/${name}`)) {
    blocks.push(...examplesOf(file, await readFile(join(root, file), 'utf8'), prelude))
  }
}

describe('the code in the documents', () => {
  let errors: readonly string[] = []
  beforeAll(async () => {
    errors = await compile(blocks)
  }, 120_000)

  it.each(blocks)('$place compiles, alone or behind the first block', (block) => {
    const alone = errors.filter((line) => line.includes(fileName(block, 'alone')))
    const continued = errors.filter((line) => line.includes(fileName(block, 'continued')))
    const advice =
      'Names that stand for the application belong into `prelude` (doc comments) or into the first block (documents)'
    expect(alone.length === 0 || continued.length === 0 ? [] : [...alone, ...continued], advice).toEqual([])
  })

  it('fails in documents only', () => {
    expect(errors.filter((line) => !/^ |\.(?:alone|continued)\./.test(line))).toEqual([])
  })

  it('starts with an Express application', () => {
    expect(blocks.some(({ place, code }) => place.startsWith('README.md') && code.includes('deviceAuthRouter('))).toBe(
      true,
    )
  })
})

describe('blocksOf', () => {
  it('knows where a block is, and what it may continue', () => {
    const text = ['```ts', 'const a = 1', '```', '```sh', 'ls', '```', '```js', 'a', '```'].join('\n')
    expect(blocksOf('x.md', text)).toEqual([
      { place: 'x.md:1', language: 'ts', code: 'const a = 1', continued: 'const a = 1' },
      { place: 'x.md:7', language: 'js', code: 'a', continued: 'const a = 1\na' },
    ])
  })

  it('names the block that does not end', () => {
    expect(() => blocksOf('x.md', '\n```ts\nconst a = 1')).toThrow('x.md:2')
  })
})

describe('examplesOf', () => {
  it('finds the block of a doc comment, and puts the prelude in front of it', () => {
    const source = ['/**', ' * @example', ' * ```ts', ' * const a = b', ' * ```', ' */', 'const c = 1'].join('\n')
    const code = 'declare const b: 1\nconst a = b'
    expect(examplesOf('x.ts', source, 'declare const b: 1')).toEqual([
      { place: 'x.ts:3', language: 'ts', code, continued: code },
    ])
  })
})
