import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe } from 'vitest'

// npm run runtimes: 200 MB, too heavy for what everybody installs
const folder = fileURLToPath(new URL('.generated/runtimes/node_modules', import.meta.url))

/** Runtimes other than Node, with what they need to run a program that reads, writes and talks to localhost. */
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

/** Tests in another runtime. In CI a missing one is a failure; elsewhere the tests are left out and say so. */
export function describeInRuntime(name: RuntimeName, tests: () => void): void {
  const missing = !existsSync(runtimes[name].path) && !process.env.CI
  describe.skipIf(missing)(missing ? `in ${name} (left out: npm run runtimes)` : `in ${name}`, tests)
}
