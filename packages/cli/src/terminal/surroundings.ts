/** A stream that is written to, as `process.stderr`. */
export interface Output {
  write(text: string): unknown
  readonly isTTY?: boolean | undefined
  readonly columns?: number | undefined
  readonly rows?: number | undefined
}

/** A stream that is read from, as `process.stdin`. */
export interface Input extends AsyncIterable<Buffer | string> {
  readonly isTTY?: boolean | undefined
  on(event: 'data', listener: (chunk: Buffer | string) => void): unknown
  off(event: 'data', listener: (chunk: Buffer | string) => void): unknown
  resume(): unknown
  pause(): unknown
}

/** What a command meets: nothing else of the process is touched. */
export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly platform: NodeJS.Platform
  readonly stdin: Input
  /** Data alone. */
  readonly stdout: Output
  /** What people read. */
  readonly stderr: Output
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal
}

export function isUnset(value: string | undefined): boolean {
  return value === undefined || value === ''
}

export function isOn(value: string | undefined): boolean {
  return !isUnset(value) && value !== 'false' && value !== '0'
}
