import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { build } from 'tsdown'
import { afterAll, describe, expect, it } from 'vitest'

// below this workspace, so that the package resolves as it does for an application
const folder = fileURLToPath(new URL('.generated/client-size', import.meta.url))
afterAll(() => rm(folder, { recursive: true, force: true }))

/** What an application carries that uses these names, for a browser, minified. */
async function bundle(name: string, code: string): Promise<string> {
  await mkdir(folder, { recursive: true })
  const input = join(folder, `${name}.js`)
  await writeFile(input, code)
  await build({
    config: false,
    cwd: fileURLToPath(new URL('.', import.meta.url)),
    entry: { [name]: input },
    outDir: join(folder, 'out'),
    format: 'esm',
    platform: 'browser',
    minify: true,
    dts: false,
    clean: false,
    logLevel: 'silent',
    deps: { alwaysBundle: [/./] },
  })
  return readFile(join(folder, 'out', `${name}.js`), 'utf8')
}

describe('the size of the client', () => {
  it.each([
    [
      'functions',
      6000,
      'export { requestDeviceAuthorization, pollDeviceToken, refreshToken, revokeToken, discover } from "@device-auth/client"',
    ],
    ['everything', 14_000, 'export * from "@device-auth/client"'],
  ])('%s: at most %d bytes gzipped, nothing of Node', async (name, most, code) => {
    const text = await bundle(name, code)
    expect(text).toContain('device_code')
    expect(text).not.toMatch(/\bfrom\s*["']|\brequire\(|node:/)
    expect(gzipSync(text).length).toBeLessThanOrEqual(most)
  })
})
