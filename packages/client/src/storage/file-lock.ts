import { randomUUID } from 'node:crypto'
import { open, readFile, rm, stat, utimes } from 'node:fs/promises'
import { hostname } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'

/** Milliseconds: how often a holder shows that it lives, and when one that does not is taken for dead. */
const HEARTBEAT = 2000
const STALE = 15_000

/**
 * Runs while no other process does so with the same file.
 *
 * The lock of a process that ended is broken at once on the same machine, and after 15 seconds without a sign of life from another.
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
    // not that of another, who took this process for dead
    if ((await ownerOf(path))?.id === id) await rm(path, { force: true })
  }
}

interface Owner {
  readonly id: string
  readonly pid: number
  readonly host: string
}

async function ownerOf(path: string): Promise<Partial<Owner> | undefined> {
  try {
    return JSON.parse(await readFile(path, 'utf8'))
  } catch {
    // gone, or not yet written
    return undefined
  }
}

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

/** Whoever breaks holds a lock for that, so that nobody takes away the lock of the next. */
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
