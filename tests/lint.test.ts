import { execFile } from 'node:child_process'
import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const root = fileURLToPath(new URL('..', import.meta.url))
const biome = join(root, 'node_modules/@biomejs/biome/bin/biome')
const run = promisify(execFile)

const imports = 'lint/style/noRestrictedImports'
const manyLines = (count: number): string => 'void 0\n'.repeat(count)
const useType = (path: string): string => `import type { X } from '${path}'\nexport type Y = X\n`
const use = (path: string): string => `import { x } from '${path}'\nexport const y = x\n`

/** Each file breaks one rule; the lint has to say which. */
const violations: readonly (readonly [file: string, source: string, rule: string])[] = [
  ['packages/core/src/errors.ts', use('./form.ts'), imports],
  ['packages/core/src/http.ts', use('./stores/memory/memory-store.ts'), imports],
  ['packages/core/src/protocol.ts', useType('./contract/hooks.ts'), imports],
  ['packages/core/src/checks.ts', use('./stores/forward-steps.ts'), imports],
  ['packages/core/src/form.ts', use('./endpoints/token.ts'), imports],
  ['packages/core/src/crypto/a.ts', useType('../contract/codes.ts'), imports],
  ['packages/core/src/contract/a.ts', useType('../options/resolve.ts'), imports],
  ['packages/core/src/contract/pages/a.ts', useType('../../pages/style.ts'), imports],
  ['packages/core/src/codes/a.ts', use('../stores/memory/memory-store.ts'), imports],
  ['packages/core/src/pages/a.ts', use('../verification/endpoint.ts'), imports],
  ['packages/core/src/compatibility/a.ts', use('../contract/options.ts'), imports],
  ['packages/core/src/lifecycle/a.ts', use('../stores/memory/memory-store.ts'), imports],
  ['packages/core/src/stores/a.ts', use('../server/create-device-auth.ts'), imports],
  ['packages/core/src/clients/a.ts', use('../tokens/opaque.ts'), imports],
  ['packages/core/src/tokens/a.ts', use('../server/create-device-auth.ts'), imports],
  ['packages/core/src/grants/a.ts', use('../endpoints/token.ts'), imports],
  ['packages/core/src/verification/a.ts', use('../devices/api.ts'), imports],
  ['packages/core/src/endpoints/a.ts', use('../server/create-device-auth.ts'), imports],
  ['packages/core/src/server/a.ts', use('../adapters/mount.ts'), imports],
  ['packages/core/src/adapters/a.ts', use('../index.ts'), imports],
  ['packages/core/src/adapters/b.ts', use('../node.ts'), imports],
  ['packages/core/src/testing/adapter-contract/a.ts', use('../../adapters/serve-node.ts'), imports],
  ['packages/core/src/testing/b.ts', useType('../server/create-device-auth.ts'), imports],
  ['packages/core/src/endpoints/b.ts', use('../testing/clock.ts'), imports],
  ['packages/conformance/src/a.ts', use('@device-auth/core'), imports],
  ['packages/conformance/src/b.ts', use('../../core/src/scope.ts'), imports],
  ['packages/client/src/a.ts', use('@device-auth/core/testing'), imports],
  ['packages/client/src/runtime/a.ts', use('../http/failure.ts'), imports],
  ['packages/client/src/http/a.ts', use('../endpoints/token.ts'), imports],
  ['packages/client/src/endpoints/a.ts', use('../polling/pacing.ts'), imports],
  ['packages/client/src/polling/a.ts', use('../flow/state.ts'), imports],
  ['packages/client/src/storage/a.ts', use('../authenticate.ts'), imports],
  ['packages/client/src/flow/a.ts', use('../device-flow.ts'), imports],
  ['packages/cli/src/a.ts', use('@device-auth/core'), imports],
  ['packages/cli/src/b.ts', use('../../client/src/http/printable.ts'), imports],
  ['packages/express/src/a.ts', use('@device-auth/koa'), imports],
  ['packages/express/src/b.ts', use('@device-auth/core/src/scope.ts'), imports],
  ['packages/koa/src/a.ts', use('../../express/src/index.ts'), imports],
  ['packages/stores/src/a.ts', use('@device-auth/core/testing'), imports],
  ['packages/jwt/src/a.ts', use('@device-auth/core/testing'), imports],
  ['packages/jwt/src/keys/a.ts', use('../tokens/claims.ts'), imports],
  ['packages/jwt/src/tokens/a.ts', use('../openid/openid-connect.ts'), imports],
  ['packages/jwt/src/tokens/a.ts', use('../client-authentication/assertion.ts'), imports],
  ['packages/jwt/src/client-authentication/a.ts', use('../tokens/claims.ts'), imports],
  ['packages/jwt/src/dpop/a.ts', use('../tokens/claims.ts'), imports],
  ['packages/jwt/src/mtls/a.ts', use('../client-authentication/assertion.ts'), imports],
  ['tests/a.ts', use('../packages/core/src/scope.ts'), imports],
  ['examples/express/a.ts', use('@device-auth/core/dist/index.mjs'), imports],
  ['packages/core/src/dependency.ts', use('jose'), 'lint/correctness/noUndeclaredDependencies'],
  ['packages/core/src/log.ts', "console.log('x')\n", 'lint/suspicious/noConsole'],
  ['packages/core/src/any.ts', 'export const x: any = 1\n', 'lint/suspicious/noExplicitAny'],
  ['packages/core/src/type.ts', "import { X } from './x.ts'\nexport type Y = X\n", 'lint/style/useImportType'],
  ['packages/core/src/one.ts', use('./two.ts'), 'lint/suspicious/noImportCycles'],
  ['packages/core/src/three.ts', useType('./four.ts'), 'lint/suspicious/noImportCycles'],
  ['packages/core/src/long.ts', manyLines(301), 'lint/style/noExcessiveLinesPerFile'],
  [
    'packages/core/src/function.ts',
    `export function f(): void {\n${manyLines(41)}}\n`,
    'lint/complexity/noExcessiveLinesPerFunction',
  ],
  [
    'packages/core/src/floating.ts',
    'async function f(): Promise<void> {}\nexport function g(): void {\n  f()\n}\n',
    'lint/nursery/noFloatingPromises',
  ],
  [
    'packages/core/src/misused.ts',
    'async function f(): Promise<boolean> {\n  return false\n}\nexport function g(): number {\n  if (f()) return 1\n  return 2\n}\n',
    'lint/nursery/noMisusedPromises',
  ],
]

/** The directions of imports that the rules must allow. */
const allowed: readonly (readonly [file: string, source: string])[] = [
  ['packages/core/src/contract/ok.ts', useType('./pages/model.ts')],
  ['packages/core/src/time-limit.ts', useType('./contract/store.ts')],
  ['packages/core/src/endpoints/ok.ts', use('../grants/device-code-grant.ts')],
  ['packages/core/src/grants/ok.ts', useType('../contract/store.ts')],
  ['packages/core/src/stores/ok.ts', use('../lifecycle/credential.ts')],
  ['packages/core/src/devices/ok.ts', use('../verification/form-handle.ts')],
  ['packages/core/src/server/ok.ts', use('../endpoints/token.ts')],
  ['packages/core/src/adapters/ok.ts', use('../server/create-device-auth.ts')],
  ['packages/core/src/testing/adapter-contract/ok.ts', use('../../form.ts')],
  ['packages/core/src/node.ts', use('./adapters/mount.ts')],
  ['packages/express/src/ok.ts', use('@device-auth/core')],
  ['packages/express/src/ok-node.ts', use('@device-auth/core/node')],
  ['tests/ok.ts', use('@device-auth/core/testing')],
  ['packages/core/src/four.ts', "import type { Y } from './three.ts'\nexport type X = Y\n"],
  ['packages/core/src/two.ts', "import { y } from './one.ts'\nexport const x: unknown = y\n"],
]

describe('the lint', () => {
  let folder = ''
  const found = new Map<string, string[]>()

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'device-auth-lint-'))
    await copyFile(join(root, 'biome.json'), join(folder, 'biome.json'))
    const manifests = ['core', 'express', 'koa', 'client', 'conformance'].map(
      (name) => [`packages/${name}/package.json`, `{ "dependencies": { "@device-auth/core": "*" } }\n`] as const,
    )
    for (const [file, source] of [...manifests, ...violations, ...allowed]) {
      const path = join(folder, file)
      await mkdir(dirname(path), { recursive: true })
      await writeFile(path, source)
    }
    const options = ['lint', '--reporter=json', '--max-diagnostics=none', '.']
    const { stdout } = await run(process.execPath, [biome, ...options], { cwd: folder }).catch(
      (failure: { stdout: string }) => failure,
    )
    for (const { category, location } of JSON.parse(stdout).diagnostics) {
      const file: string = location.path.file ?? location.path
      found.set(file, [...(found.get(file) ?? []), category])
    }
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  it.each(violations)('refuses %s', (file, _source, rule) => {
    expect(found.get(file)).toContain(rule)
  })

  it.each(allowed)('allows %s', (file) => {
    const rules = (found.get(file) ?? []).filter((rule) => rule !== 'lint/suspicious/noImportCycles')
    expect(rules).toEqual([])
  })
})
