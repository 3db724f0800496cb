import { createWriteStream } from 'node:fs'
import type { Plan } from './plan.ts'

/** The steps that clients take. */
export type Step = 'codes' | 'poll' | 'refresh' | 'introspect' | 'revoke' | 'enter' | 'approve' | 'deny' | 'devices'

/** One request of a client, with its answer. All times are milliseconds since the history began, on the checker's own clock. */
export interface Operation {
  readonly kind: 'operation'
  readonly at: number
  readonly ended: number
  /** The user, by the number in the plan. */
  readonly user: number
  /** The sign-in, by its device code; absent before there is one. */
  readonly code?: string
  readonly step: Step
  /** The node that was asked, from 0. */
  readonly node: number
  /** The token or user code that was sent. */
  readonly given?: string
  /** The status of the answer; 0 if there was none: nobody knows then if the step was done. */
  readonly status: number
  readonly answer: Answer
  /** `dropped`: the client throws this answer away, as if it was lost. `mistyped`: the user code is wrong on purpose. */
  readonly note?: 'dropped' | 'mistyped'
}

/** The parts of an answer that rules look at. */
export interface Answer {
  readonly error?: string
  readonly access?: string
  readonly refresh?: string
  readonly deviceCode?: string
  readonly userCode?: string
  readonly expiresIn?: number
  readonly active?: boolean
  /** The result of `approve` and `deny`, or what the page shows: `found`, or its text. */
  readonly result?: string
  /** The ids of the devices that a user has signed in. */
  readonly devices?: readonly string[]
}

/** A fault, from its beginning until it was mended. */
export interface FaultEntry {
  readonly kind: 'fault'
  readonly at: number
  readonly ended: number
  /** The name in the table of faults. */
  readonly fault: string
  readonly target: string
  /** The reason why it could not be made or mended. */
  readonly problem?: string
}

/** An event of a node's `deviceAuth`. */
export interface EventEntry {
  readonly kind: 'event'
  readonly at: number
  readonly node: number
  readonly name: string
  /** The id of the token family: SHA-256 of the device code, base64url. */
  readonly grantId?: string
  /** Further details, for the reader of a timeline. */
  readonly text: string
}

export type Entry = Operation | FaultEntry | EventEntry

/** Everything that happened, in the order in which it ended. */
export interface History {
  readonly plan: Plan
  readonly entries: readonly Entry[]
  /** Milliseconds at which the last fault was mended. */
  readonly faultsEnded: number
  /** Milliseconds at which the history ended. */
  readonly ended: number
}

/** Keeps a history while it happens. */
export interface Recorder {
  readonly entries: readonly Entry[]
  /** Milliseconds since the history began. */
  now(): number
  keep(entry: Entry): void
  close(): Promise<void>
}

/** @param file gets every entry as a line of JSON; none without it */
export function recorder(file?: string): Recorder {
  const began = performance.now()
  const entries: Entry[] = []
  const lines = file === undefined ? undefined : createWriteStream(file)
  return {
    entries,
    now: () => Math.round(performance.now() - began),
    keep: (entry) => {
      entries.push(entry)
      lines?.write(`${JSON.stringify(entry)}\n`)
    },
    close: () => new Promise((resolve) => (lines === undefined ? resolve() : lines.end(resolve))),
  }
}
