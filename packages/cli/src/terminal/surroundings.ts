/** A stream to write to, such as `process.stderr`. */
export interface Output {
  write(text: string): unknown
  readonly isTTY?: boolean | undefined
  readonly columns?: number | undefined
  readonly rows?: number | undefined
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
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal
}

/** True if an environment variable is unset or empty. */
export function isUnset(value: string | undefined): boolean {
  return value === undefined || value === ''
}

/** True if an environment variable such as `CI` is set, and not to `false` or `0`. */
export function isOn(value: string | undefined): boolean {
  return !isUnset(value) && value !== 'false' && value !== '0'
}
