import { createHash, randomUUID } from 'node:crypto'
import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { withFileLock } from './file-lock.ts'
import { isDead, type StoredToken, type TokenStore } from './token-store.ts'

/** The folder of the files. */
export interface FileTokenStoreOptions {
  /** The name of the application, for the default folder; default `device-auth`. */
  readonly appName?: string
  /** The path of the folder. Default: the folder of the operating system for the state of `appName`. */
  readonly folder?: string
}

interface Entry {
  readonly key: string
  readonly token: StoredToken
  readonly storedAt: number
}

/**
 * A token store in files that only their owner can read: one file for each key, replaced atomically, with locks between processes.
 *
 * @example
 * const result = await authenticate('https://as.example.com', { clientId: 'tv', store: new FileTokenStore({ appName: 'my-app' }) })
 */
export class FileTokenStore implements TokenStore {
  /** The path of the folder. */
  readonly folder: string

  constructor({ appName = 'device-auth', folder = stateFolder(appName) }: FileTokenStoreOptions = {}) {
    this.folder = folder
  }

  async get(key: string): Promise<StoredToken | undefined> {
    const entry = await this.#read(this.#path(key))
    return entry?.key === key ? entry.token : undefined
  }

  async put(key: string, token: StoredToken): Promise<void> {
    await this.#prepare()
    const path = this.#path(key)
    const temporary = `${path}.${randomUUID()}.tmp`
    const entry: Entry = { key, token, storedAt: Date.now() }
    try {
      // created with mode 0600, so that other users can never read it
      const file = await open(temporary, 'wx', 0o600)
      try {
        await file.writeFile(JSON.stringify(entry))
        await file.sync()
      } finally {
        await file.close()
      }
      await rename(temporary, path)
    } catch (error) {
      await rm(temporary, { force: true })
      throw error
    }
  }

  async remove(key: string): Promise<boolean> {
    const had = (await this.get(key)) !== undefined
    await rm(this.#path(key), { force: true })
    return had
  }

  /** Lists the keys, and removes the files of tokens that cannot be used any more. */
  async keys(): Promise<readonly string[]> {
    const keys: string[] = []
    for (const path of await this.#files()) {
      const entry = await this.#read(path)
      if (entry === undefined) continue
      if (isDead(entry.token, Date.now())) await rm(path, { force: true })
      else keys.push(entry.key)
    }
    return keys
  }

  async clear(): Promise<void> {
    for (const path of await this.#files()) await rm(path, { force: true })
  }

  async withLock<T>(key: string, run: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    await this.#prepare()
    return withFileLock(`${this.#path(key)}.lock`, run, signal)
  }

  #path(key: string): string {
    return join(this.folder, `${createHash('sha256').update(key).digest('hex').slice(0, 32)}.json`)
  }

  async #prepare(): Promise<void> {
    await mkdir(this.folder, { recursive: true, mode: 0o700 })
  }

  async #files(): Promise<readonly string[]> {
    const names = await readdir(this.folder).catch(() => [])
    return names.filter((name) => name.endsWith('.json')).map((name) => join(this.folder, name))
  }

  /** The content of a file; `undefined` when there is no file, or when no token store wrote it. */
  async #read(path: string): Promise<Entry | undefined> {
    try {
      const entry: Partial<Entry> = JSON.parse(await readFile(path, 'utf8'))
      const { key, token, storedAt = 0 } = entry
      if (typeof key !== 'string' || typeof token?.accessToken !== 'string') return undefined
      return { key, token, storedAt }
    } catch {
      return undefined
    }
  }
}

/** The folder of the operating system for the state of an application. */
function stateFolder(appName: string): string {
  const { LOCALAPPDATA, XDG_STATE_HOME } = process.env
  if (process.platform === 'win32') return join(LOCALAPPDATA ?? join(homedir(), 'AppData', 'Local'), appName)
  if (process.platform === 'darwin') return join(homedir(), 'Library', 'Application Support', appName)
  return join(XDG_STATE_HOME ?? join(homedir(), '.local', 'state'), appName)
}
