// The processor time, in milliseconds, of a fresh process until its server is made, or the client is loaded. Node itself is a part of each figure, and the first
// row is Node alone.

import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { issuer } from '../servers/pending.js'

const folder = fileURLToPath(new URL('..', import.meta.url))
const programs = {
  'Node alone': '',
  '@device-auth/core': `
    const { createDeviceAuth, deviceClient } = await import('@device-auth/core')
    createDeviceAuth({ issuer: '${issuer}', clients: [deviceClient({ client_id: 'tv', client_name: 'TV', scope: 'profile' })] })`,
  '@device-auth/client': `await import('@device-auth/client')`,
  'oidc-provider': `
    console.info = console.warn = () => {}
    const { default: Provider } = await import('oidc-provider')
    new Provider('${issuer}', { features: { deviceFlow: { enabled: true } } })`,
  'better-auth': `
    const { betterAuth } = await import('better-auth')
    const { deviceAuthorization } = await import('better-auth/plugins')
    const plugins = [deviceAuthorization({ schema: {} })]
    await betterAuth({ baseURL: '${issuer}', secret: 'a secret of at least 32 characters', plugins }).$context`,
}

function costOf(name, program) {
  const tell = 'const { user, system } = process.cpuUsage()\nconsole.log((user + system) / 1000)\nprocess.exit()'
  const args = ['--input-type=module', '--eval', `${program}\n${tell}`]
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: folder, encoding: 'utf8' })
  if (status !== 0) throw new Error(`The program of ${name} failed: ${stderr}`)
  return Number(stdout.trim().split('\n').at(-1))
}

export function run(_servers, { starts, rounds }, progress) {
  const results = Object.fromEntries(Object.keys(programs).map((name) => [name, { 'start, ms': [] }]))
  for (let turn = 1; turn <= starts * rounds; turn++) {
    for (const [name, program] of Object.entries(programs)) {
      progress(`turn ${turn} of ${starts * rounds}, ${name}`)
      results[name]['start, ms'].push(costOf(name, program))
    }
  }
  return results
}
