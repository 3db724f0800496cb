// Runs the built command `device-auth` as a separate process with its own state folder, as users run it.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Program } from './installations.ts'

/** A run of the command. */
export interface Running {
  readonly process: ChildProcess
  readonly stdout: () => string
  readonly stderr: () => string
  /** Resolves with the first group of the pattern as soon as stdout or stderr matches it. */
  readonly printed: (pattern: RegExp) => Promise<string>
  readonly ended: Promise<Ended>
}

/** The result of a run. */
export interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

const manifest = createRequire(import.meta.url).resolve('@device-auth/cli/package.json')

/** The built command. */
export const bin: string = join(dirname(manifest), 'dist/bin.mjs')

/** The line of the user code in what a login prints. */
export const codePattern: RegExp = /^ {6}([B-Z]{4}-[B-Z]{4})$/m

const running = new Set<ChildProcess>()
let folders: string[] = []

/** A new state folder. */
export function stateFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'device-auth-cli-'))
  folders.push(folder)
  return folder
}

/** The environment of a client with a state folder of its own. */
export function clientEnvironment(issuer: string, scope = 'profile') {
  return {
    DEVICE_AUTH_ISSUER: issuer,
    DEVICE_AUTH_CLIENT_ID: 'cli',
    DEVICE_AUTH_SCOPE: scope,
    DEVICE_AUTH_STATE_FOLDER: stateFolder(),
  }
}

/** Ends the runs that have not ended, and removes the folders. */
export function cleanUp(): void {
  for (const child of running) child.kill('SIGKILL')
  running.clear()
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
  folders = []
}

/** An environment without the variables of the machine that runs the tests. */
export function environment(more: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv {
  const { PATH = '', HOME = '' } = process.env
  return { PATH, HOME, LANG: 'C.UTF-8', TERM: 'xterm-256color', ...more }
}

/** Runs the command. The third argument replaces it with another program. */
export function run(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  [file, ...before]: readonly [string, ...string[]] = [process.execPath, bin],
): Running {
  const child = spawn(file, [...before, ...args], { env: environment(env), stdio: ['pipe', 'pipe', 'pipe'] })
  running.add(child)
  // a command that reads nothing may have ended before the input is written
  child.stdin.on('error', () => {})
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

/** Runs the command to its end, with `input` on stdin. The last argument replaces it with another program. */
export function finish(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  input = '',
  program?: readonly [string, ...string[]],
): Promise<Ended> {
  const { process: child, ended } = run(args, env, program)
  child.stdin?.end(input)
  return ended
}

/** The name of the program, if it is missing. `succeeds` is a shell command that succeeds if it is there. */
export function missing<T extends Program>(program: T, succeeds = `command -v ${program}`): T | undefined {
  return spawnSync('sh', ['-c', succeeds]).status === 0 ? undefined : program
}
