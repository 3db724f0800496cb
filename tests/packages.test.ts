import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { unpack } from './unpack.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const execute = promisify(execFile)

interface Packed {
  readonly filename: string
  readonly files: readonly { readonly path: string }[]
}
interface Manifest {
  readonly name: string
  readonly exports: Readonly<Record<string, unknown>>
  /** The types of the entries, for applications whose TypeScript does not read `exports`. */
  readonly typesVersions?: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>
  readonly bin?: Readonly<Record<string, string>>
  readonly scripts?: Readonly<Record<string, string>>
  readonly dependencies?: Readonly<Record<string, string>>
}
interface Locked {
  readonly link?: boolean
  readonly integrity?: string
  readonly optional?: boolean
  readonly dev?: boolean
  readonly os?: readonly string[]
}

const names = [
  'core',
  'express',
  'koa',
  'fastify',
  'nest',
  'passport',
  'passkeys',
  'stores',
  'jwt',
  'conformance',
  'client',
  'cli',
] as const
const packed = new Map<string, Packed>()
const manifests = new Map<string, Manifest>()
let folder = ''

/** Runs a program in the consumer's folder; a failure rejects with what it printed. */
async function run(file: string, args: readonly string[], cwd = folder): Promise<string> {
  try {
    return (await execute(file, args, { cwd, maxBuffer: 16 * 1024 * 1024 })).stdout
  } catch (failure) {
    const { stdout = '', stderr = '' } = failure as { stdout?: string; stderr?: string }
    throw new Error(`${file} ${args.join(' ')}\n${stdout}${stderr}`, { cause: failure })
  }
}

function node(...args: readonly string[]): Promise<string> {
  return run(process.execPath, args)
}

async function installPacked(name: string): Promise<void> {
  const source = join(root, 'packages', name)
  const pack = await run('npm', ['pack', '--json', '--pack-destination', folder], source)
  const [result]: readonly Packed[] = Object.values(JSON.parse(pack))
  if (result === undefined) throw new Error(`${name} was not packed`)
  packed.set(name, result)
  const target = join(folder, 'node_modules/@device-auth', name)
  await unpack(join(folder, result.filename), target)
  manifests.set(name, JSON.parse(await readFile(join(target, 'package.json'), 'utf8')))
}

function manifest(name: string): Manifest {
  const found = manifests.get(name)
  if (found === undefined) throw new Error(`${name} is not installed`)
  return found
}

/** `@device-auth/core`, `@device-auth/core/node`, ... */
function entries(name: string): readonly string[] {
  const { exports } = manifest(name)
  const paths = Object.keys(exports).filter((path) => path !== './package.json')
  return paths.map((path) => `@device-auth/${name}${path.slice(1)}`)
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'device-auth-packed-'))
  await run(join(root, 'node_modules/.bin/turbo'), ['run', 'build', '--filter=./packages/*', '--ui=stream'], root)
  for (const name of names) await installPacked(name)
  // the peers and their types, as an application would have them
  for (const peer of [
    'express',
    'fastify-plugin',
    '@nestjs',
    'rxjs',
    'jose',
    '@simplewebauthn',
    '@types',
    'undici-types',
  ]) {
    await symlink(join(root, 'node_modules', peer), join(folder, 'node_modules', peer))
  }
  await writeFile(join(folder, 'package.json'), '{ "private": true }\n')
}, 300_000)
afterAll(() => rm(folder, { recursive: true, force: true }))

/** The stores have an entry each, and none for all; the command line is a command. */
function main(name: string): string {
  const others: Readonly<Record<string, string>> = { stores: 'src/sqlite/index.ts', cli: 'src/bin.ts' }
  return others[name] ?? 'src/index.ts'
}

describe.each(names)('the package %s', (name) => {
  it('holds what it needs and nothing else', () => {
    const files = packed.get(name)?.files.map(({ path }) => path) ?? []
    expect(files).toEqual(expect.arrayContaining(['package.json', 'README.md', 'LICENSE', main(name)]))
    const kinds =
      /^(?:package\.json|README\.md|LICENSE|CHANGELOG\.md|src\/.+\.ts|migrations\/.+\.sql|dist\/.+\.(?:[mc]js|d\.[mc]ts)(?:\.map)?)$/
    expect(files.filter((file) => !kinds.test(file))).toEqual([])
    expect(files.filter((file) => /\.test\./.test(file))).toEqual([])
  })

  it('has every file that its exports name', () => {
    const named: string[] = []
    const collect = (value: unknown): void => {
      if (typeof value === 'string') named.push(value)
      else if (typeof value === 'object' && value !== null) Object.values(value).forEach(collect)
    }
    collect(manifest(name).exports)
    const missing = named.filter((path) => !existsSync(join(folder, 'node_modules/@device-auth', name, path)))
    expect(missing).toEqual([])
  })

  it('has types that TypeScript 5.4 reads, whose arrays of bytes are not generic', async () => {
    const dist = join(folder, 'node_modules/@device-auth', name, 'dist')
    const types = (await readdir(dist)).filter((file) => /\.d\.[mc]ts$/.test(file))
    expect(types.length > 0).toBe(name !== 'cli')
    for (const file of types)
      expect(await readFile(join(dist, file), 'utf8'), file).not.toMatch(/\b(?:Uint8Array|ArrayBufferView|Buffer)</)
  })

  it('names the types of every entry for the module resolution node10', () => {
    const { exports, typesVersions } = manifest(name)
    const entries = Object.keys(exports).filter((entry) => entry !== '.' && entry !== './package.json')
    const typed = Object.entries(typesVersions?.['*'] ?? {}).map(([entry, [file]]) => [`./${entry}`, file])
    expect(typed).toEqual(entries.map((entry) => [entry, `./dist/${entry.slice(2)}.d.cts`]))
  })

  it('can be imported and required at every entry, with the same names', async () => {
    // a bundled CommonJS entry may export the bundler's own __toESM too
    const print = (module: string): string =>
      `console.log(Object.keys(${module}).filter((name) => !name.startsWith('__')).sort().join())`
    expect(entries(name).length > 0).toBe(name !== 'cli')
    for (const entry of entries(name)) {
      const imported = await node('--input-type=module', '-e', print(`await import('${entry}')`))
      const required = await node('-e', print(`require('${entry}')`))
      expect(imported.trim(), entry).not.toBe('')
      expect(required, entry).toBe(imported)
    }
  })
})

it('device-auth runs from its tarball, and starts without what it shows and opens', async () => {
  const { bin = {} } = manifest('cli')
  expect(Object.keys(bin)).toEqual(['device-auth'])
  const file = join(folder, 'node_modules/@device-auth/cli', bin['device-auth'] ?? '')
  expect((await stat(file)).mode & 0o100).toBe(0o100)
  expect(await readFile(file, 'utf8')).toMatch(/^#!\/usr\/bin\/env node\n/)
  const commander = join(root, 'packages/cli/node_modules/commander')
  await symlink(
    existsSync(commander) ? commander : join(root, 'node_modules/commander'),
    join(folder, 'node_modules/commander'),
  )
  expect(await node(file, '--help')).toContain('device-auth login --provider github')
  // neither uqr nor open is there
  expect(await node(file, 'list', '--json', '--state-folder', join(folder, 'none'))).toBe('')
})

describe('F-66 supply chain', () => {
  it('F-66 core and the client have no dependencies', () => {
    expect(Object.keys(manifest('core').dependencies ?? {})).toEqual([])
    expect(Object.keys(manifest('client').dependencies ?? {})).toEqual([])
  })

  it('F-66 the Express adapter depends on core alone', () => {
    expect(Object.keys(manifest('express').dependencies ?? {})).toEqual(['@device-auth/core'])
  })

  it.each(names)('F-66 %s runs nothing at installation', (name) => {
    const hooks = ['preinstall', 'install', 'postinstall', 'prepare', 'preprepare', 'postprepare', 'prepublish']
    expect(Object.keys(manifest(name).scripts ?? {}).filter((script) => hooks.includes(script))).toEqual([])
  })

  it('F-66 the lockfile pins what it installs by checksum', async () => {
    const { packages }: { packages: Record<string, Locked> } = JSON.parse(
      await readFile(join(root, 'package-lock.json'), 'utf8'),
    )
    const external = Object.entries(packages).filter(([path, { link }]) => path.includes('node_modules/') && !link)
    const unpinned = external.filter(([, { integrity }]) => !integrity?.startsWith('sha512-'))
    expect(external.length).toBeGreaterThan(100)
    // a tool's binary for another platform may be listed without; nothing of it is published
    expect(unpinned.filter(([, { optional, dev, os }]) => !(optional && dev && os)).map(([path]) => path)).toEqual([])
  })
})

const consumer = `
import express from 'express'
import { deviceAuthRouter, deviceClient, requireToken } from '@device-auth/express'
import { createDeviceAuth, type DeviceAuth } from '@device-auth/core'

const deviceAuth: DeviceAuth = createDeviceAuth({ issuer: 'http://localhost', clients: [deviceClient({ client_id: 'tv' })] })
const app = express()
app.use('/oauth', deviceAuthRouter(deviceAuth))
app.get('/me', requireToken(deviceAuth), (_request, response) => void response.send('ok'))
// @ts-expect-error an issuer is a string
createDeviceAuth({ issuer: 1, clients: [] })
`
const subpaths = `
import { MemoryStore } from '@device-auth/core'
import * as node from '@device-auth/core/node'
import * as fetch from '@device-auth/core/fetch'
import * as stores from '@device-auth/core/stores'
import * as testing from '@device-auth/core/testing'
import * as client from '@device-auth/client'
import * as clientDpop from '@device-auth/client/dpop'
import * as clientJose from '@device-auth/client/jose'
import * as clientNode from '@device-auth/client/node'
import * as clientTesting from '@device-auth/client/testing'
import * as clientTokenExchange from '@device-auth/client/token-exchange'
import * as conformance from '@device-auth/conformance'
import { postgresStore } from '@device-auth/stores/postgres'
import { redisStore } from '@device-auth/stores/redis'
import { sqliteStore } from '@device-auth/stores/sqlite'
export const all: readonly object[] = [MemoryStore, node, fetch, stores, testing, conformance, postgresStore, redisStore, sqliteStore]
export const device: readonly object[] = [client, clientDpop, clientJose, clientNode, clientTesting, clientTokenExchange]
`

const compilers = { 6: 'typescript/bin/tsc6', 7: '@typescript/native/bin/tsc' }

/** The settings of TypeScript by which applications find the types. TypeScript 7 has no `node10` any more. */
const resolutions = [
  {
    title: 'nodenext, ESM',
    file: 'consumer.mts',
    code: consumer + subpaths,
    module: 'nodenext',
    resolution: 'nodenext',
  },
  {
    title: 'nodenext, CommonJS',
    file: 'consumer.cts',
    code: consumer + subpaths,
    module: 'nodenext',
    resolution: 'nodenext',
  },
  { title: 'bundler', file: 'consumer.ts', code: consumer + subpaths, module: 'esnext', resolution: 'bundler' },
  { title: 'node10', file: 'old.ts', code: consumer + subpaths, module: 'commonjs', resolution: 'node10' },
]

const compilations = ([6, 7] as const).flatMap((version) =>
  resolutions.filter(({ title }) => version === 6 || title !== 'node10').map((one) => ({ ...one, version })),
)

describe('the types, as an application sees them', () => {
  it.each(compilations)(
    'compile with TypeScript $version and $title',
    async ({ version, title, file, code, module, resolution }) => {
      const config = {
        compilerOptions: {
          strict: true,
          noEmit: true,
          target: 'es2022',
          module,
          moduleResolution: resolution,
          esModuleInterop: true,
          types: ['node'],
          // deprecated, and still what many applications have: it reads `typesVersions`, and not `exports`
          ...(resolution === 'node10' ? { ignoreDeprecations: '6.0', target: 'es2020' } : {}),
        },
        files: [file],
      }
      const name = `tsconfig.${version}-${title.replace(/\W+/g, '-')}.json`
      await writeFile(join(folder, file), code)
      await writeFile(join(folder, name), JSON.stringify(config))
      expect(await node(join(root, 'node_modules', compilers[version]), '-p', name, '--pretty', 'false')).toBe('')
    },
    120_000,
  )
})
