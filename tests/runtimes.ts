import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe } from 'vitest'

// installed by `npm run runtimes`: with 200 MB they are too large for the normal installation
const folder = fileURLToPath(new URL('.generated/runtimes/node_modules', import.meta.url))

/** Runtimes other than Node, with the options for a program that uses files and localhost. */
export const runtimes = {
  Deno: {
    path: process.env.DENO_PATH ?? `${folder}/@deno/linux-x64-glibc/deno`,
    options: [
      'run',
      '--no-prompt',
      '--allow-net=127.0.0.1',
      '--allow-read',
      '--allow-write',
      '--allow-env',
      '--allow-sys',
    ],
  },
  Bun: { path: process.env.BUN_PATH ?? `${folder}/@oven/bun-linux-x64/bin/bun`, options: ['run'] },
} as const

export type RuntimeName = keyof typeof runtimes

/** A suite that needs another runtime. Without it the suite fails in CI; elsewhere it is skipped, and its name says so. */
export function describeInRuntime(name: RuntimeName, tests: () => void): void {
  const missing = !existsSync(runtimes[name].path) && !process.env.CI
  describe.skipIf(missing)(missing ? `in ${name} (skipped, install it by: npm run runtimes)` : `in ${name}`, tests)
}
