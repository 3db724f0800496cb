// The control of tests/packed.config.ts: its tests run on what was packed, and find a check that a build has removed.
import { execFile } from 'node:child_process'
import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createDeviceAuth, deviceClient } from '@device-auth/core'
import { toFetchHandler } from '@device-auth/core/fetch'
import { afterAll, describe, expect, it } from 'vitest'
import { installed, packedPackages } from './packed.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
// below node_modules, so that Vitest loads it as it loads the packed packages
const spoiled = fileURLToPath(new URL('.generated/spoiled/node_modules/@device-auth', import.meta.url))

afterAll(() => rmSync(dirname(dirname(spoiled)), { recursive: true, force: true }))

/** Removes a piece of code from a package. */
function remove(name: string, code: RegExp): void {
  const dist = join(spoiled, name, 'dist')
  const paths = readdirSync(dist).map((file) => join(dist, file))
  const found = paths.filter((path) => /\.[cm]js$/.test(path) && code.test(readFileSync(path, 'utf8')))
  expect(found.length, 'files with the code that is to be removed').toBeGreaterThan(0)
  for (const path of found) writeFileSync(path, readFileSync(path, 'utf8').replace(code, ''))
}

interface Report {
  readonly testResults: readonly {
    readonly assertionResults: readonly { readonly title: string; readonly status: string }[]
  }[]
}

/** Runs some of the conformance cases on the spoiled packages. @returns the names of those that fail */
async function failuresOf(name: string): Promise<readonly string[]> {
  const vitest = join(root, 'node_modules/vitest/vitest.mjs')
  const options = ['--config', 'tests/packed.config.ts', '--root', root, '--reporter', 'json', '-t', name]
  const others = Object.entries(process.env).filter(([key]) => !key.startsWith('VITEST'))
  const env = { ...Object.fromEntries(others), PACKED: spoiled }
  const output = await new Promise<string>((resolve) => {
    const args = [vitest, 'run', 'tests/conformance.test.ts', ...options]
    execFile(process.execPath, args, { cwd: root, env, maxBuffer: 64 * 1024 * 1024 }, (_, stdout) => resolve(stdout))
  })
  const { testResults }: Report = JSON.parse(output.slice(output.indexOf('{"')))
  const tests = testResults.flatMap(({ assertionResults }) => assertionResults)
  return tests.filter(({ status }) => status === 'failed').map(({ title }) => title)
}

describe('the packed packages', () => {
  it('are what the tests import', () => {
    const importer = fileURLToPath(import.meta.url)
    expect(packedPackages().resolveId('@device-auth/core/node', importer)).toBe(join(installed, 'core/dist/node.mjs'))
    const ownTest = join(root, 'packages/nest/test/nest.ts?nest10')
    expect(packedPackages().resolveId('../src/index.ts', ownTest)).toBe(join(installed, 'nest/dist/index.mjs?nest10'))
  })

  it('have no other source', () => {
    const importer = join(root, 'packages/express/test/router.test.ts')
    expect(() => packedPackages().resolveId('../../core/src/http.ts', importer)).toThrow('is no entry point')
  })

  it('F-57 refuse a device_name that is not UTF-8', async () => {
    const clients = [deviceClient({ client_id: 'tv' })]
    const origin = 'http://localhost'
    const handle = toFetchHandler(createDeviceAuth({ issuer: `${origin}/oauth`, clients }), { prefix: '/oauth' })
    const body = 'client_id=tv&device_name=%ff'
    const headers = { 'content-type': 'application/x-www-form-urlencoded' }
    const response = await handle(
      new Request(`${origin}/oauth/device_authorization`, { method: 'POST', body, headers }),
    )
    expect([response?.status, await response?.json()]).toMatchObject([400, { error: 'invalid_request' }])
  })

  it('without the check of escapes, fail four conformance cases', { timeout: 120_000 }, async () => {
    cpSync(installed, spoiled, { recursive: true, verbatimSymlinks: true })
    remove('core', /try \{\s*decodeURIComponent\(\w+\);\s*\} catch \{\s*throw malformedForm\(\);\s*\}/)
    const failures = await failuresOf('^node:http F-57')
    const what = ['a byte that is not UTF-8', 'overlong UTF-8', 'a lone surrogate', 'broken percent-encoding']
    expect(failures).toEqual(what.map((each) => expect.stringContaining(each)))
  })
})
