// The kilobytes of what is published: of the tarball, and of its files, without dependencies.

import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))
const packages = ['core', 'express', 'koa', 'fastify', 'nest', 'passport', 'jwt', 'passkeys', 'stores', 'client', 'cli']

function sizeOf(name) {
  const args = ['pack', '--dry-run', '--json', '--ignore-scripts', '--workspace', `packages/${name}`]
  const { status, stdout, stderr } = spawnSync('npm', args, { cwd: root, encoding: 'utf8' })
  if (status !== 0) throw new Error(`npm pack failed for ${name}: ${stderr}`)
  const [{ size, unpackedSize }] = JSON.parse(stdout)
  return { 'tarball, kB': [size / 1000], 'files, kB': [unpackedSize / 1000] }
}

export function run(_servers, _settings, progress) {
  const results = {}
  for (const name of packages) {
    progress(name)
    results[`@device-auth/${name}`] = sizeOf(name)
  }
  return results
}
