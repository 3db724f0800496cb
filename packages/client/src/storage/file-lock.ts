import { randomUUID } from 'node:crypto'
import { open, readFile, readlink, rm, stat, utimes } from 'node:fs/promises'
import { hostname } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'

/** Milliseconds between two signs of life of the process that holds a lock. */
const HEARTBEAT = 2000
/** Milliseconds without a sign of life after which the holder counts as dead. */
const STALE = 15_000

/**
 * Runs a function while no other process holds the lock file.
 *
 * The lock of a process that has ended is broken: at once if it ran on this machine and not in a container of its own, else after 15
 * seconds without a sign of life. The lock of a process that is there on this machine is broken only after 15 seconds of waiting, because
 * the clock may have been set meanwhile, or the machine may have slept.
 *
 * @param path - The lock file.
 * @returns The result of the function. Rejects when the signal is aborted before the lock is free.
 */
export async function withFileLock<T>(path: string, run: () => Promise<T>, signal?: AbortSignal): Promise<T> {
  const id = randomUUID()
  const breakStaleLock = staleLockBreaker(path)
  while (!(await tryLock(path, id))) {
    signal?.throwIfAborted()
    await breakStaleLock()
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
  /** That of {@link thisHost}. */
  readonly host: string
}

/**
 * The machine on which a process id means something. Containers may share a folder and the name of the host, but each counts its processes
 * itself, on Linux in a namespace: a process of another one looks as if it had ended.
 */
async function thisHost(): Promise<string> {
  const namespace = await readlink('/proc/self/ns/pid').catch(() => '')
  return `${hostname()} ${namespace}`
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
  const owner: Owner = { id, pid: process.pid, host: await thisHost() }
  try {
    const file = await open(path, 'wx', 0o600)
    try {
      await file.writeFile(JSON.stringify(owner)).finally(() => file.close())
      return true
    } catch (error) {
      // the disk is full: a lock without an owner would stop all others for 15 seconds
      await rm(path, { force: true })
      throw error
    }
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false
    throw error
  }
}

/** Makes a function that removes a lock whose holder is dead. A second lock guards this, so that no process removes the new lock of another one. */
function staleLockBreaker(path: string): () => Promise<void> {
  const breaking = `${path}.break`
  const [isStale, isBreakingStale] = [staleness(path), staleness(breaking)]
  return async () => {
    if (!(await isStale())) return
    if (!(await tryLock(breaking, ''))) {
      if (await isBreakingStale()) await rm(breaking, { force: true })
      return
    }
    try {
      if (await isStale()) await rm(path, { force: true })
    } finally {
      await rm(breaking, { force: true })
    }
  }
}

/** Makes a function that tells if the holder of a lock is dead. It remembers how long it has seen the lock without a sign of life. */
function staleness(path: string): () => Promise<boolean> {
  let seen = Number.NaN
  let seenAt = 0
  return async () => {
    const changedAt = await stat(path).then(
      ({ mtimeMs }) => mtimeMs,
      () => undefined,
    )
    if (changedAt === undefined) return false
    const owner = await ownerOf(path)
    const isHere = owner?.pid !== undefined && owner.host === (await thisHost())
    if (isHere ? !isAlive(owner.pid) : Date.now() - changedAt > STALE) return true
    // a monotonic clock, which does not count the time that the machine sleeps
    const now = performance.now()
    if (changedAt !== seen) [seen, seenAt] = [changedAt, now]
    return now - seenAt > STALE
  }
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
