// publint and are-the-types-wrong over every package, as npm would publish it.
import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** The old `node10` resolution knows no subpaths; the main entry resolves there, and tests/packages.test.ts proves it. */
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
