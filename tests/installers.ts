// Installs the packed packages as applications do: by npm, by pnpm, and by Yarn with Plug'n'Play.
import { execFile } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const root = fileURLToPath(new URL('..', import.meta.url))
const packed = fileURLToPath(new URL('.generated/packed', import.meta.url))
/** An application that has a folder of its own, and the packages that it asks for itself. */
export interface Application {
  readonly name: string
  readonly dependencies: Readonly<Record<string, string>>
  /** The files to write, by name. */
  readonly files: Readonly<Record<string, string>>
}

/** A package manager: the files that it needs, and its commands. */
interface PackageManager {
  readonly name: 'npm' | 'pnpm' | 'Yarn PnP'
  /** Says that each of our packages is the packed one, wherever it is asked for. */
  files(overrides: Readonly<Record<string, string>>): Readonly<Record<string, string>>
  readonly install: readonly string[]
  /** Runs Node in the folder of an application. */
  readonly node: readonly string[]
  /** Runs the compiler of an application in its folder. */
  readonly tsc: readonly string[]
}

const pnpm = [join(root, 'node_modules/.bin/pnpm')]
const yarn = [join(root, 'node_modules/.bin/yarn')]
const json = (value: unknown): string => JSON.stringify(value, null, 2)
const workspace = { name: 'applications', version: '1.0.0', private: true }

/** The package managers, each with all applications in one workspace. */
export const packageManagers: readonly PackageManager[] = [
  {
    name: 'npm',
    files: (overrides) => ({ 'package.json': json({ ...workspace, workspaces: ['*'], overrides }) }),
    install: ['npm', 'install', '--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline'],
    node: [process.execPath],
    tsc: ['npx', '--no', 'tsc'],
  },
  {
    name: 'pnpm',
    files: (overrides) => ({
      'package.json': json({ ...workspace, pnpm: { overrides } }),
      'pnpm-workspace.yaml': 'packages: ["*"]\n',
    }),
    install: [...pnpm, 'install', '--ignore-scripts', '--no-frozen-lockfile', '--prefer-offline'],
    node: [process.execPath],
    tsc: [process.execPath, 'node_modules/typescript/bin/tsc'],
  },
  {
    name: 'Yarn PnP',
    files: (resolutions) => ({
      'package.json': json({ ...workspace, workspaces: ['*'], resolutions }),
      '.yarnrc.yml': 'nodeLinker: pnp\npnpMode: strict\nenableScripts: false\nenableTelemetry: false\n',
      'yarn.lock': '',
    }),
    install: [...yarn, 'install', '--mode=skip-build'],
    node: [...yarn, 'node'],
    tsc: [...yarn, 'tsc'],
  },
]

/** Runs a command; a failure rejects with what it printed. */
export async function run([file = '', ...args]: readonly string[], cwd: string): Promise<string> {
  // of the environment of this test run, pnpm and Yarn would read what npm has set for itself
  const others = Object.entries(process.env).filter(([name]) => !/^(?:npm_|VITEST|NODE_OPTIONS$|INIT_CWD$)/i.test(name))
  const registry = (await promisify(execFile)('npm', ['config', 'get', 'registry'], { cwd: root })).stdout.trim()
  const settings = {
    npm_config_registry: registry,
    YARN_NPM_REGISTRY_SERVER: registry,
    YARN_ENABLE_IMMUTABLE_INSTALLS: '0',
  }
  const env = { ...Object.fromEntries(others), ...settings }
  try {
    return (await promisify(execFile)(file, args, { cwd, env, maxBuffer: 64 * 1024 * 1024 })).stdout
  } catch (failure) {
    const { stdout = '', stderr = '' } = failure as { stdout?: string; stderr?: string }
    throw new Error(`${file} ${args.join(' ')}\n${stdout}${stderr}`, { cause: failure })
  }
}

/** The tarballs of our packages, by the names of the packages, as `file:` addresses. */
export function tarballs(): Readonly<Record<string, string>> {
  const found = readdirSync(packed).map((file) => /^device-auth-([a-z]+)-.+\.tgz$/.exec(file))
  return Object.fromEntries(
    found.flatMap((match) => (match === null ? [] : [[`@device-auth/${match[1]}`, `file:${join(packed, match[0])}`]])),
  )
}

/** Writes the applications into a new folder and installs them. */
export async function installApplications(
  { files, install }: PackageManager,
  applications: readonly Application[],
  folder: string,
): Promise<void> {
  rmSync(folder, { recursive: true, force: true })
  const write = (path: string, text: string): void => writeFileSync(join(folder, path), text)
  mkdirSync(folder, { recursive: true })
  for (const [path, text] of Object.entries(files(tarballs()))) write(path, text)
  for (const { name, dependencies, files: own } of applications) {
    mkdirSync(join(folder, name))
    write(
      `${name}/package.json`,
      json({ name: `app-${name}`, version: '1.0.0', private: true, type: 'module', dependencies }),
    )
    for (const [path, text] of Object.entries(own)) write(`${name}/${path}`, text)
  }
  await run(install, folder)
}

/** The version of a package that the tests of this repository use. */
export function testedVersion(name: string, from: string): string {
  for (const folder of [join(root, from), join(root, 'tests'), root]) {
    try {
      const { version }: { version: string } = JSON.parse(
        readFileSync(join(folder, 'node_modules', name, 'package.json'), 'utf8'),
      )
      return version
    } catch {}
  }
  throw new Error(`${name} is not installed here, so its version is unknown.`)
}
