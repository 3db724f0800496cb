import { fstatSync } from 'node:fs'

/** A stream to write to, such as `process.stderr`. */
export interface Output {
  write(text: string): unknown
  readonly isTTY?: boolean | undefined
  readonly columns?: number | undefined
  readonly rows?: number | undefined
  /** The file descriptor. */
  readonly fd?: number | undefined
}

/** A stream to read from, such as `process.stdin`. */
export interface Input extends AsyncIterable<Buffer | string> {
  readonly isTTY?: boolean | undefined
  on(event: 'data', listener: (chunk: Buffer | string) => void): unknown
  off(event: 'data', listener: (chunk: Buffer | string) => void): unknown
  resume(): unknown
  pause(): unknown
}

/** The environment and streams of the process. Commands use nothing else of it, so that tests can replace them. */
export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly platform: NodeJS.Platform
  readonly stdin: Input
  /** For data only, read by programs. */
  readonly stdout: Output
  /** For messages, read by people. */
  readonly stderr: Output
  /** Aborted by Ctrl-C, by SIGTERM and when the terminal is closed. */
  readonly signal: AbortSignal
  /** The work that Ctrl-C waits for: cut off, it would lose tokens that only the server knows then. A second Ctrl-C ends it all the same. */
  readonly uncut: Set<Promise<unknown>>
}

/** Does work that Ctrl-C waits for. */
export async function doUncut<T>({ uncut }: Pick<Surroundings, 'uncut'>, work: Promise<T>): Promise<T> {
  uncut.add(work)
  try {
    return await work
  } finally {
    uncut.delete(work)
  }
}

/** True if an environment variable is unset or empty. */
export function isUnset(value: string | undefined): boolean {
  return value === undefined || value === ''
}

/** True if an environment variable such as `CI` is set, and not to `false` or `0`. */
export function isOn(value: string | undefined): boolean {
  return !isUnset(value) && value !== 'false' && value !== '0'
}

/**
 * True if somebody may read what is written while the command runs: on a terminal, or through a program at the other end of a pipe or
 * a socket. A file, `/dev/null` and the journal of systemd have no such reader.
 */
export function mayHaveReader({ isTTY, fd }: Output, env: Surroundings['env']): boolean {
  if (isTTY === true || fd === undefined) return true
  try {
    const stats = fstatSync(fd)
    return (stats.isFIFO() || stats.isSocket()) && `${stats.dev}:${stats.ino}` !== env.JOURNAL_STREAM
  } catch {
    // the descriptor is closed
    return false
  }
}
