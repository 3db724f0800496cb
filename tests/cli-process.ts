// The command `device-auth` as its users run it: a process of its own, built, with a state folder of its own.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe } from 'vitest'

/** A run of the command. */
export interface Running {
  readonly process: ChildProcess
  readonly stdout: () => string
  readonly stderr: () => string
  /** Resolves with what the pattern's first group holds, as soon as either stream has it. */
  readonly printed: (pattern: RegExp) => Promise<string>
  readonly ended: Promise<Ended>
}

/** How a run ended. */
export interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

const manifest = createRequire(import.meta.url).resolve('@device-auth/cli/package.json')

/** The built command. */
export const bin: string = join(dirname(manifest), 'dist/bin.mjs')

const running = new Set<ChildProcess>()
let folders: string[] = []

/** A new state folder. */
export function stateFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'device-auth-cli-'))
  folders.push(folder)
  return folder
}

/** Ends what still runs, and removes the folders. */
export function cleanUp(): void {
  for (const child of running) child.kill('SIGKILL')
  running.clear()
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
  folders = []
}

/** An environment that says nothing of where the tests run. */
export function environment(more: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv {
  const { PATH = '', HOME = '' } = process.env
  return { PATH, HOME, LANG: 'C.UTF-8', TERM: 'xterm-256color', ...more }
}

/** Runs the command, or another one. */
export function run(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  [file, ...before]: readonly [string, ...string[]] = [process.execPath, bin],
): Running {
  const child = spawn(file, [...before, ...args], { env: environment(env), stdio: ['pipe', 'pipe', 'pipe'] })
  running.add(child)
  const text = { stdout: '', stderr: '' }
  const readers = new Set<() => void>()
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (chunk: string) => {
      text[name] += chunk
      for (const read of readers) read()
    })
  }
  const ended = new Promise<Ended>((resolve) => {
    child.once('close', (code) => {
      running.delete(child)
      resolve({ code, ...text })
    })
  })
  const printed = (pattern: RegExp): Promise<string> =>
    new Promise((resolve, reject) => {
      const read = (): void => {
        const found = pattern.exec(text.stdout) ?? pattern.exec(text.stderr)
        if (found !== null) resolve(found[1] ?? found[0])
      }
      readers.add(read)
      read()
      void ended.then(({ code }) =>
        reject(new Error(`It ended with ${code}, without ${pattern}:\n${JSON.stringify(text)}`)),
      )
    })
  return { process: child, stdout: () => text.stdout, stderr: () => text.stderr, printed, ended }
}

/** Runs the command to its end, with nothing on stdin. */
export function finish(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  input = '',
): Promise<Ended> {
  const { process: child, ended } = run(args, env)
  child.stdin?.end(input)
  return ended
}

/** Tests with a program, or what a shell command finds, that not every machine has. In CI a missing one fails; elsewhere they are left out and say so. */
export function describeWith(program: string, install: string, name: string, tests: () => void): void {
  const isMissing = spawnSync('sh', ['-c', `${program.includes(' ') ? program : `command -v ${program}`}`]).status !== 0
  const isLeftOut = isMissing && !process.env.CI
  describe.skipIf(isLeftOut)(isLeftOut ? `${name} (left out, no ${program}: ${install})` : name, tests)
}
