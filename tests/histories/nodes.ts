import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Database } from './databases/database.ts'
import type { Recorder } from './history.ts'
import { timing } from './timing.ts'

/** A way in which nodes are wrong on purpose: a name in broken.mjs, or `answers 500`. */
export type Broken = 'redeems twice' | 'keeps the revoked' | 'approves the denied' | 'answers 500'

/** A node of the application, which is started, ended and struck by faults. */
export interface Node {
  readonly number: number
  /** The port on which it listens; `undefined` while it does not run. */
  port(): number | undefined
  start(): Promise<void>
  /** Ends it as a deploy does, with time to finish its requests; after 10 seconds it is killed. */
  end(): Promise<void>
  kill(): Promise<void>
  signal(name: 'SIGSTOP' | 'SIGCONT'): void
  /** Sets its wall clock wrong by these milliseconds. */
  shiftClock(milliseconds: number): void
}

const path = fileURLToPath(new URL('node.mjs', import.meta.url))
const clock = new URL('shifted-clock.mjs', import.meta.url).href

interface Message {
  /** The port on which the node listens now. */
  readonly port?: number
  readonly event?: { readonly name: string; readonly grantId?: string; readonly text: string }
}

/** Makes a node, which is not started yet. */
export function nodeOn(database: Database, number: number, keep: Recorder, broken?: Broken): Node {
  const { NODE_OPTIONS: _, ...env } = process.env
  const given = JSON.stringify({ addresses: database.addresses(number), timing })
  let child: ChildProcess | undefined
  let shift = 0
  let port: number | undefined
  const start = async (): Promise<void> => {
    const started = fork(path, [database.kind, given], {
      env: { ...env, CLOCK_SHIFT: String(shift), ...(broken === undefined ? {} : { BROKEN: broken }) },
      execArgv: ['--import', clock],
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    })
    child = started
    started.once('exit', () => {
      port = undefined
    })
    port = await untilReady(started, number, keep)
  }
  const ended = (): Promise<unknown> => {
    const running = child
    if (running === undefined || running.exitCode !== null || running.signalCode !== null) return Promise.resolve()
    return new Promise((resolve) => running.once('exit', resolve))
  }
  const kill = async (): Promise<void> => {
    const gone = ended()
    child?.kill('SIGKILL')
    await gone
  }
  const end = async (): Promise<void> => {
    const gone = ended()
    child?.kill('SIGTERM')
    const timer = setTimeout(() => child?.kill('SIGKILL'), 10_000)
    await gone
    clearTimeout(timer)
  }
  const shiftClock = (milliseconds: number): void => {
    shift = milliseconds
    if (child?.connected) child.send({ shift })
  }
  return { number, port: () => port, start, end, kill, shiftClock, signal: (name) => void child?.kill(name) }
}

/** Waits until a node listens, and keeps its events from then on. It tries for 30 seconds: the database may be away. */
function untilReady(child: ChildProcess, node: number, { keep, now }: Recorder): Promise<number> {
  let errors = ''
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    errors = (errors + text).slice(-500)
  })
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(new Error(`Node ${node} did not start within 30 seconds.`))
      child.kill('SIGKILL')
    }, 30_000)
    child.on('message', ({ port, event }: Message) => {
      if (event !== undefined) keep({ kind: 'event', at: now(), node, ...event })
      if (port === undefined) return
      clearTimeout(timer)
      resolve(port)
    })
    child.once('exit', (code, signal) => {
      clearTimeout(timer)
      reject(new Error(`Node ${node} ended by ${signal ?? `code ${code}`}. ${errors}`))
      // a node that ends by itself is worth knowing
      if (signal === null && code !== 0) {
        keep({ kind: 'event', at: now(), node, name: 'crashed', text: `code ${code}: ${errors}` })
      }
    })
  })
}
