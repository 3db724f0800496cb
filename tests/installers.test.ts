// One install is enough: the code of each README finds what it imports, and compiles, where only its install line was run.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { builtinModules } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Application, installApplications, packageManagers, run, tarballs, testedVersion } from './installers.ts'
import { blocksOf } from './scripts/readme-blocks.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
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
  'client',
  'conformance',
] as const
const adapters: readonly string[] = ['express', 'koa', 'fastify', 'nest']
/** The packages that an application of each kind installs itself, beside those that its code imports. */
const brought: Readonly<Record<string, readonly string[]>> = {
  express: ['@types/express'],
  koa: ['@types/koa', '@types/koa-mount'],
  nest: ['@nestjs/platform-express', 'reflect-metadata', 'rxjs'],
  jwt: ['@types/express'],
  passport: ['@types/express', '@types/express-session', '@types/passport'],
  passkeys: ['@types/express', '@types/express-session'],
  stores: ['@types/pg', '@types/better-sqlite3', '@types/express'],
}
const compilerOptions = {
  strict: true,
  noEmit: true,
  target: 'es2022',
  module: 'nodenext',
  skipLibCheck: true,
  experimentalDecorators: true,
  types: ['node'],
}

/** The package of an import: `@device-auth/core/node` -> `@device-auth/core`. */
function packageOf(specifier: string): string {
  return specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/')
}

function importsOf(code: string): readonly string[] {
  const specifiers = [...code.matchAll(/^(?:import|export)\b[^'"]*from '([^']+)'/gm)].map(([, from = '']) => from)
  return [...new Set(specifiers)].filter((from) => !from.startsWith('node:') && !builtinModules.includes(from))
}

/** The packages that a README tells to install: those of `npm install ...`, up to a `#` or the end of the code. */
function installLine(readme: string): readonly string[] {
  const lines = [...readme.matchAll(/npm install ([^#`\n]+)/g)].map(([, words = '']) => words.trim())
  return lines.flatMap((line) => line.split(/\s+/)).filter((word) => !word.startsWith('-'))
}

/** The application that a README describes: it has the packages of the install line, and those of other authors. */
function applicationOf(name: string): Application & { readonly imports: readonly string[] } {
  const readme = readFileSync(join(root, 'packages', name, 'README.md'), 'utf8')
  const blocks = blocksOf('README.md', readme)
  const imports = importsOf(blocks.map(({ code }) => code).join('\n'))
  const ours = installLine(readme).filter((each) => each.startsWith('@device-auth/'))
  const others = [...imports.map(packageOf), ...(brought[name] ?? []), '@types/node', 'typescript']
  const versions = others
    .filter((each) => !each.startsWith('@device-auth/'))
    .map((each) => [each, testedVersion(each, `packages/${name}`)])
  const packed = tarballs()
  const dependencies = Object.fromEntries([...ours.map((each) => [each, packed[each]]), ...versions])
  const all = [...imports, ...(adapters.includes(name) ? [`@device-auth/${name}/testing`] : [])]
  // a block may continue the first one
  const entries = blocks.flatMap(({ code, continued }, index) => [
    [`alone-${index}.ts`, `${code}\nexport {}\n`],
    [`continued-${index}.ts`, `${continued}\nexport {}\n`],
  ])
  const files = {
    ...Object.fromEntries(entries),
    'imports.mjs': all.map((from) => `await import('${from}')\n`).join(''),
    'tsconfig.json': JSON.stringify({ compilerOptions, include: ['*.ts'] }),
  }
  return { name, dependencies, files, imports: all }
}

describe.each(packageManagers)('an application that installed by $name', (manager) => {
  const folder = mkdtempSync(join(tmpdir(), 'device-auth-installer-'))
  const applications = names.map(applicationOf)
  beforeAll(() => installApplications(manager, applications, folder), 300_000)
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  it.each(applications)(
    'finds all that the README of $name imports',
    { timeout: 60_000 },
    async ({ name, imports }) => {
      const ours = imports.filter((from) => from.startsWith('@device-auth/')).map(packageOf)
      // an application imports all from the adapter that it has installed
      if (adapters.includes(name)) expect(new Set(ours)).toEqual(new Set([`@device-auth/${name}`]))
      expect(ours).not.toEqual([])
      expect(await run([...manager.node, 'imports.mjs'], join(folder, name))).toBe('')
    },
  )

  it.each(applications)('compiles the README of $name', { timeout: 120_000 }, async ({ name }) => {
    const tsc = [...manager.tsc, '-p', '.', '--pretty', 'false']
    const output = await run(tsc, join(folder, name)).catch((failure: Error) => failure.message)
    const errors = output.split('\n').filter((line) => /^\S+\(\d+,\d+\): error/.test(line))
    const failed = (variant: string, index: string): boolean =>
      errors.some((line) => line.startsWith(`${variant}-${index}.ts`))
    const blocks = new Set(errors.map((line) => /-(\d+)\.ts/.exec(line)?.[1] ?? 'none'))
    const broken = [...blocks].filter((index) => failed('alone', index) && failed('continued', index))
    expect(errors.filter((line) => broken.some((index) => line.includes(`-${index}.ts`)))).toEqual([])
  })
})
