import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const root = fileURLToPath(new URL('..', import.meta.url))

/** Builds the packages, for tests that run them as Node resolves them. Takes no time if they are built already. */
export default async function buildPackages(): Promise<void> {
  const turbo = join(root, 'node_modules/.bin/turbo')
  await promisify(execFile)(turbo, ['run', 'build', '--filter=./packages/*', '--ui=stream'], { cwd: root })
}
