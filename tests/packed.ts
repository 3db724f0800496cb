// Packs the packages as npm publishes them, and resolves the imports of tests to what was packed.
import { execFile } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import buildPackages from './e2e-build.ts'
import { unpack } from './unpack.ts'

const execute = promisify(execFile)
const root = fileURLToPath(new URL('..', import.meta.url))
const folder = fileURLToPath(new URL('.generated/packed', import.meta.url))

/** The folder of the unpacked packages. The control sets PACKED, to run tests on packages that it has spoiled. */
export const installed = process.env.PACKED ?? join(folder, 'node_modules/@device-auth')

/** Copies of the examples, which find the packed packages in the folder above them. */
export const packedExamples = join(folder, 'examples')

/** Unpacks one package as npm installs it. Its own dependencies are those of the repository. */
async function installPacked(name: string): Promise<void> {
  const source = join(root, 'packages', name)
  const args = ['pack', '--ignore-scripts', '--json', '--pack-destination', folder]
  const { stdout } = await execute('npm', args, { cwd: source, maxBuffer: 16 * 1024 * 1024 })
  const [tarball]: readonly { readonly filename: string }[] = Object.values(JSON.parse(stdout))
  if (tarball === undefined) throw new Error(`${name} was not packed.`)
  const target = join(installed, name)
  await unpack(join(folder, tarball.filename), target)
  const dependencies = join(source, 'node_modules')
  if (existsSync(dependencies)) symlinkSync(dependencies, join(target, 'node_modules'))
}

/** Builds and packs all packages, and copies the examples. */
export default async function packPackages(): Promise<void> {
  if (process.env.PACKED !== undefined) return
  await buildPackages()
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  for (const name of readdirSync(join(root, 'packages'))) {
    if (existsSync(join(root, 'packages', name, 'package.json'))) await installPacked(name)
  }
  const filter = (path: string): boolean => !/^(dist|\.turbo)$/.test(path.split(sep).at(-1) ?? '')
  cpSync(join(root, 'examples'), packedExamples, { recursive: true, verbatimSymlinks: true, filter })
}

type Conditions = Readonly<Record<string, string | { readonly default: string }>>

/** The entry points of a package: of each subpath its source, and the file that `import` finds in the tarball. */
function entriesOf(
  name: string,
): readonly { readonly subpath: string; readonly source: string; readonly built: string }[] {
  const { exports }: { exports: Readonly<Record<string, string | Conditions>> } = JSON.parse(
    readFileSync(join(installed, name, 'package.json'), 'utf8'),
  )
  return Object.entries(exports).flatMap(([subpath, conditions]) => {
    if (typeof conditions === 'string') return []
    const { 'device-auth-source': source, import: found } = conditions
    if (typeof source !== 'string' || found === undefined) return []
    return [{ subpath, source, built: join(installed, name, typeof found === 'string' ? found : found.default) }]
  })
}

/** `@device-auth/core/node` -> the file in the tarball. */
function ofPackage(id: string): string | undefined {
  const [, name = '', subpath = ''] = /^@device-auth\/([a-z-]+)(\/.+)?$/.exec(id) ?? []
  if (name === '' || !existsSync(join(installed, name))) return undefined
  const entry = entriesOf(name).find((each) => each.subpath === `.${subpath}`)
  return entry?.built
}

/** The file in the tarball for a source of a package. @throws Error if the source is no entry point */
function ofSource(path: string, importer: string): string {
  const [, name = '', ...rest] = relative(root, path).split(sep)
  const entry = entriesOf(name).find(({ source }) => source === `./${rest.join('/')}`)
  if (entry !== undefined) return entry.built
  throw new Error(
    `${relative(root, importer)} imports ${relative(root, path)}, which is no entry point: it cannot run on the packed package.`,
  )
}

/** The used part of Vite's plugin type. */
interface Resolver {
  readonly name: string
  readonly enforce: 'pre'
  resolveId(id: string, importer?: string): string | undefined
}

/**
 * Resolves our packages, and the entry points that a package's own tests import from `src`, to the unpacked tarballs. Any other
 * source is an error. A query of the importer is kept: by it, {@link nestMajors} knows the major version of Nest.
 */
export function packedPackages(): Resolver {
  return {
    name: 'packed-packages',
    enforce: 'pre',
    resolveId(id, importer = '') {
      const [file = '', query] = importer.split('?')
      const keepQuery = (path: string): string => (query === undefined ? path : `${path}?${query}`)
      if (id.startsWith('@device-auth/')) {
        const built = ofPackage(id)
        return built === undefined ? undefined : keepQuery(built)
      }
      if (!id.startsWith('.')) return undefined
      const path = join(dirname(file), id)
      const isSource = /^packages[\\/][^\\/]+[\\/]src[\\/]/.test(relative(root, path))
      return isSource ? keepQuery(ofSource(path, file)) : undefined
    },
  }
}
