import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { commandFor } from './installations.ts'
import { countMissing, missingText } from './missing-reporter.ts'

const root = new URL('../', import.meta.url)
const { optionalDependencies } = JSON.parse(readFileSync(new URL('package.json', root), 'utf8'))

describe('a package that may be missing', () => {
  const names = Object.keys(optionalDependencies)
  const folders = ['tests', ...readdirSync(new URL('packages', root)).map((name) => `packages/${name}/test`)]
  const files = folders
    .filter((folder) => existsSync(new URL(folder, root)))
    .flatMap((folder) => readdirSync(new URL(folder, root), { recursive: true }).map((file) => `${folder}/${file}`))
    .filter((file) => /\.[mc]?[jt]s$/.test(file) && !/node_modules|\.generated/.test(file))

  it.each(names)('%s is imported by no test at its top: the file would fail in place of being skipped', (name) => {
    const importing = new RegExp(`^import (?!type )[^;]*?from '${name}'`, 'm')
    expect(files.length).toBeGreaterThan(300)
    expect(files.filter((file) => importing.test(readFileSync(new URL(file, root), 'utf8')))).toEqual([])
  })
})

describe('the end of a test run', () => {
  it('is empty if nothing was skipped', () => {
    expect(missingText(countMissing([{}, {}]))).toBe('')
  })

  it('lists the missing programs with the number of skipped tests, and one command that installs them', () => {
    const counts = countMissing([
      { missing: 'Redis' },
      { missing: 'Deno' },
      {},
      { missing: 'Redis' },
      { missing: 'Bun' },
    ])
    expect(missingText(counts)).toBe(`
Skipped, because these programs are missing:
  Redis  2 tests
  Deno   1 test
  Bun    1 test
To run these tests too:
  sudo apt-get install --yes redis-server && npm run runtimes
`)
  })

  it('installs a compiler for better-sqlite3 before npm builds it', () => {
    expect(commandFor(['tmux', 'better-sqlite3'])).toBe(
      'sudo apt-get install --yes tmux build-essential python3 && npm install',
    )
  })
})
