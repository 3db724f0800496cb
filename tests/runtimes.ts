import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describeWith } from './missing.ts'

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

/** A suite that needs another runtime. */
export function describeInRuntime(name: RuntimeName, tests: () => void): void {
  describeWith(existsSync(runtimes[name].path) ? undefined : name, `in ${name}`, tests)
}
