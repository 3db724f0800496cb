import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'tsdown'

const root = fileURLToPath(new URL('.', import.meta.url))

/** Bundles an application whose only module is this code: one minified file for a browser. */
export async function bundle(name: string, code: string): Promise<string> {
  // inside this workspace, so that packages resolve as in an application
  const folder = join(root, '.generated', name)
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, 'input.js'), code)
  await build({
    config: false,
    cwd: root,
    entry: { output: join(folder, 'input.js') },
    outDir: join(folder, 'out'),
    format: 'esm',
    platform: 'browser',
    minify: true,
    dts: false,
    clean: false,
    logLevel: 'silent',
    deps: { alwaysBundle: [/./] },
  })
  const text = await readFile(join(folder, 'out', 'output.js'), 'utf8')
  await rm(folder, { recursive: true, force: true })
  return text
}
