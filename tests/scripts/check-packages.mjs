// Runs publint and are-the-types-wrong over every package, as npm would publish it.
import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))

/**
 * The profile is `node16`, because the old `node10` resolution knows no subpaths. That the main entry resolves with
 * `node10` too is checked by tests/packages.test.ts.
 */
const checks = [
  ['publint', '--strict'],
  ['attw', '--pack', '--profile', 'node16'],
]

for (const name of readdirSync(join(root, 'packages'))) {
  const folder = join(root, 'packages', name)
  if (!existsSync(join(folder, 'package.json'))) continue
  for (const [tool, ...options] of checks) {
    console.log(`${name}: ${tool}`)
    execFileSync(join(root, 'node_modules/.bin', tool), [...options, folder], {
      stdio: 'inherit',
    })
  }
}
