import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Link } from '../proxy.ts'

/** A process of a database that a fault may strike. */
export interface DatabaseServer {
  kill(): Promise<void>
  start(): Promise<void>
  /** `SIGSTOP` or `SIGCONT` to all of its processes. */
  signal(name: 'SIGSTOP' | 'SIGCONT'): void
}

/** The database of a history. */
export interface Database {
  /** The kind of store, for connect-store.mjs. */
  readonly kind: string
  /** The addresses that a node connects to, for connect-store.mjs. */
  addresses(node: number): Readonly<Record<string, unknown>>
  /** The connections of each node. */
  readonly links: readonly (readonly Link[])[]
  readonly servers: readonly DatabaseServer[]
  /** Lets the replica take over. With `loss`, what was written in the last moments does not reach it. */
  failover?(loss: boolean): Promise<void>
  /** Locks the file as a process does that writes for long. @returns the function that ends the lock */
  lock?(): Promise<() => Promise<void>>
  /** Fills the disk. @returns the function that makes room again */
  fill?(): Promise<() => Promise<void>>
  stop(): Promise<void>
}

/** The memory of the one node. */
export function noDatabase(): Database {
  return { kind: 'memory', addresses: () => ({}), links: [], servers: [], stop: async () => {} }
}

const lockScript = `import { openSqlite } from ${JSON.stringify(new URL('../../../packages/stores/test/sqlite/database.mjs', import.meta.url).href)}
const database = openSqlite(process.argv[1])
database.exec('PRAGMA busy_timeout = 20000')
database.exec('BEGIN IMMEDIATE')
process.on('disconnect', () => process.exit())
process.send('locked')`

/** One file, for all nodes. */
export function onSqlite(): Database {
  const folder = mkdtempSync(join(tmpdir(), 'device-auth-history-'))
  const file = join(folder, 'sign-ins.db')
  const lock = async (): Promise<() => Promise<void>> => {
    const locking: ChildProcess = spawn(process.execPath, ['--input-type=module', '-e', lockScript, file], {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    })
    await new Promise((resolve) => locking.once('message', resolve).once('exit', resolve))
    return async () => void locking.kill('SIGKILL')
  }
  return {
    kind: 'sqlite',
    addresses: () => ({ file }),
    links: [],
    servers: [],
    lock,
    stop: async () => rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 }),
  }
}
