import { randomUUID } from 'node:crypto'
import { open, readFile, rm, stat, utimes } from 'node:fs/promises'
import { hostname } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'

/** Milliseconds between two signs of life of the process that holds a lock. */
const HEARTBEAT = 2000
/** Milliseconds without a sign of life after which the holder counts as dead. */
const STALE = 15_000

/**
 * Runs a function while no other process holds the lock file.
 *
 * The lock of a process that has ended is broken: at once if it ran on this machine, else after 15 seconds without a sign of life.
 *
 * @param path - The lock file.
 * @returns The result of the function. Rejects when the signal is aborted before the lock is free.
 */
export async function withFileLock<T>(path: string, run: () => Promise<T>, signal?: AbortSignal): Promise<T> {
  const id = randomUUID()
  while (!(await tryLock(path, id))) {
    signal?.throwIfAborted()
    await breakStaleLock(path)
    await sleep(10 + Math.random() * 40, undefined, signal === undefined ? {} : { signal })
  }
  const heartbeat = setInterval(() => {
    const now = new Date()
    utimes(path, now, now).catch(() => {})
  }, HEARTBEAT)
  heartbeat.unref()
  try {
    return await run()
  } finally {
    clearInterval(heartbeat)
    // another process that took this one for dead may hold the lock by now
    if ((await ownerOf(path))?.id === id) await rm(path, { force: true })
  }
}

/** The process that holds a lock, as written to the lock file. `id` is a new one for each lock. */
interface Owner {
  readonly id: string
  readonly pid: number
  readonly host: string
}

async function ownerOf(path: string): Promise<Partial<Owner> | undefined> {
  try {
    return JSON.parse(await readFile(path, 'utf8'))
  } catch {
    // the file is gone, or not yet written
    return undefined
  }
}

/** Creates the lock file. Returns `false` when it exists already. */
async function tryLock(path: string, id: string): Promise<boolean> {
  try {
    const file = await open(path, 'wx', 0o600)
    const owner: Owner = { id, pid: process.pid, host: hostname() }
    await file.writeFile(JSON.stringify(owner)).finally(() => file.close())
    return true
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false
    throw error
  }
}

/** Removes a lock whose holder is dead. A second lock guards this, so that no process removes the new lock of another one. */
async function breakStaleLock(path: string): Promise<void> {
  if (!(await isStale(path))) return
  const breaking = `${path}.break`
  if (!(await tryLock(breaking, ''))) {
    if (await isStale(breaking)) await rm(breaking, { force: true })
    return
  }
  try {
    if (await isStale(path)) await rm(path, { force: true })
  } finally {
    await rm(breaking, { force: true })
  }
}

async function isStale(path: string): Promise<boolean> {
  const age = await stat(path).then(
    ({ mtimeMs }) => Date.now() - mtimeMs,
    () => 0,
  )
  if (age > STALE) return true
  const owner = await ownerOf(path)
  return owner?.pid !== undefined && owner.host === hostname() && !isAlive(owner.pid)
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return codeOf(error) === 'EPERM'
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined
}
