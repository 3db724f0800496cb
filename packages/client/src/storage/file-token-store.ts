import { createHash, randomUUID } from 'node:crypto'
import { open, readdir, readFile, rename, rm } from 'node:fs/promises'
import { homedir, userInfo } from 'node:os'
import { isAbsolute, join, resolve } from 'node:path'
import type { DpopKey } from '../auth/dpop-key.ts'
import { type Checks, checkOptions, isBoolean, isString } from '../runtime/options.ts'
import { withFileLock } from './file-lock.ts'
import { makeFolder } from './folder.ts'
import { keyPairOf, newPrivateJwk, type PrivateJwk } from './private-jwk.ts'
import { isDead, type StoredToken, type TokenStore } from './token-store.ts'

/** The folder of the files. */
export interface FileTokenStoreOptions {
  /** The name of the application, for the default folder; default `device-auth`. */
  readonly appName?: string
  /**
   * The path of the folder. Default: the folder of the operating system for the state of `appName`. A variable such as `XDG_STATE_HOME` is
   * ignored when it is empty or relative.
   */
  readonly folder?: string
  /**
   * Keeps DPoP keys in files beside the tokens, for the option `dpop` of {@link authenticate}; default `false`. Such a file holds the
   * private key in clear: who can read the tokens can read it too, so it protects against tokens that leak elsewhere, in a log or on the
   * way, and not against a copy of the folder. A store of your own with `createDpopKey` can have the key in hardware.
   */
  readonly dpopKeys?: boolean
}

const checks: Checks<FileTokenStoreOptions> = { appName: isString, folder: isString, dpopKeys: isBoolean }

interface Entry {
  readonly key: string
  readonly token: StoredToken
  readonly storedAt: number
}

interface KeyEntry {
  readonly key: string
  readonly dpopKey: PrivateJwk
}

/** Bytes of the file that is written to try the folder: as many as the tokens of a sign-in take. */
const TRIAL = 4096

/** The names of the files, and of those that are being written. */
const fileName = /^[\da-f]{32}\.json$/
const keyName = /^[\da-f]{32}\.key$/
const temporaryName = /^[\da-f]{32}\.(?:json|key)\.[\da-f-]{36}\.tmp$/

/**
 * A token store in files that only their owner can read: one file for each key, replaced atomically, with locks between processes.
 *
 * @example
 * const result = await authenticate('https://as.example.com', { clientId: 'tv', store: new FileTokenStore({ appName: 'my-app' }) })
 */
export class FileTokenStore implements TokenStore {
  /** The absolute path of the folder. */
  readonly folder: string
  readonly #dpopKeys: boolean

  /**
   * @throws {TypeError} that names an option that is misspelt or wrong.
   * @throws {Error} when no folder is given and the user of this process has no home.
   */
  constructor(options: FileTokenStoreOptions = {}) {
    const { appName, folder, dpopKeys = false } = checkOptions('FileTokenStore', options, checks)
    this.#dpopKeys = dpopKeys
    this.folder = folder ? resolve(folder) : stateFolder(appName || 'device-auth')
  }

  async get(key: string): Promise<StoredToken | undefined> {
    return (await this.#read(this.#path(key)))?.token
  }

  async put(key: string, token: StoredToken): Promise<void> {
    const path = this.#path(key)
    const entry: Entry = { key, token, storedAt: Date.now() }
    await this.#write(path, JSON.stringify(entry), (temporary) => rename(temporary, path))
  }

  /** Writes a file as large as tokens are, and removes it again. */
  async check(): Promise<void> {
    await this.#write(this.#path(''), ' '.repeat(TRIAL), (temporary) => rm(temporary))
  }

  async remove(key: string): Promise<boolean> {
    const had = (await this.get(key)) !== undefined
    await rm(this.#path(key), { force: true })
    await rm(this.#keyPath(key), { force: true })
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

  /** Removes the tokens and the DPoP keys of all keys, also those of a process that ended while it wrote them. Other files in the folder stay. */
  async clear(): Promise<void> {
    for (const path of await this.#files()) if ((await this.#read(path)) !== undefined) await rm(path, { force: true })
    for (const path of await this.#names(keyName))
      if ((await this.#readKey(path)) !== undefined) await rm(path, { force: true })
    for (const path of await this.#names(temporaryName)) await rm(path, { force: true })
  }

  /** Reads a DPoP key, also where the option `dpopKeys` is not set: another program may have made the key in this folder. */
  async loadDpopKey(key: string): Promise<DpopKey | undefined> {
    const entry = await this.#readKey(this.#keyPath(key))
    return entry && keyPairOf(entry.dpopKey)
  }

  /** @throws {Error} without the option `dpopKeys`, or when the file cannot be written. */
  async createDpopKey(key: string): Promise<DpopKey> {
    if (!this.#dpopKeys)
      throw new Error('FileTokenStore keeps private keys in files only with the option `dpopKeys: true`.')
    const path = this.#keyPath(key)
    const entry: KeyEntry = { key, dpopKey: await newPrivateJwk() }
    await this.#write(path, JSON.stringify(entry), (temporary) => rename(temporary, path))
    const written = await this.loadDpopKey(key)
    if (written === undefined) throw new Error(`The key was written to ${path}, but cannot be read from there.`)
    return written
  }

  async withLock<T>(key: string, run: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    await makeFolder(this.folder)
    return withFileLock(`${this.#path(key)}.lock`, run, signal)
  }

  #path(key: string): string {
    return join(this.folder, `${createHash('sha256').update(key).digest('hex').slice(0, 32)}.json`)
  }

  #keyPath(key: string): string {
    return this.#path(key).replace(/json$/, 'key')
  }

  /** Writes a text to a temporary file, and hands that over. */
  async #write(path: string, text: string, finish: (temporary: string) => Promise<void>): Promise<void> {
    await makeFolder(this.folder)
    const temporary = `${path}.${randomUUID()}.tmp`
    try {
      // created with mode 0600, so that other users can never read it
      const file = await open(temporary, 'wx', 0o600)
      try {
        await file.writeFile(text)
        await file.sync()
      } finally {
        await file.close()
      }
      await finish(temporary)
    } catch (error) {
      await rm(temporary, { force: true })
      throw error
    }
  }

  #files(): Promise<readonly string[]> {
    return this.#names(fileName)
  }

  async #names(pattern: RegExp): Promise<readonly string[]> {
    const names = await readdir(this.folder).catch(() => [])
    return names.filter((name) => pattern.test(name)).map((name) => join(this.folder, name))
  }

  /** The DPoP key in a file; `undefined` when there is no file, or when no token store wrote it under this name. */
  async #readKey(path: string): Promise<KeyEntry | undefined> {
    try {
      const { key, dpopKey }: Partial<KeyEntry> = JSON.parse(await readFile(path, 'utf8'))
      if (typeof key !== 'string' || typeof dpopKey?.d !== 'string' || this.#keyPath(key) !== path) return undefined
      return { key, dpopKey }
    } catch {
      return undefined
    }
  }

  /** The content of a file; `undefined` when there is no file, or when no token store wrote it under this name. */
  async #read(path: string): Promise<Entry | undefined> {
    try {
      const entry: Partial<Entry> = JSON.parse(await readFile(path, 'utf8'))
      const { key, token, storedAt = 0 } = entry
      if (typeof key !== 'string' || typeof token?.accessToken !== 'string' || this.#path(key) !== path)
        return undefined
      return { key, token: checkedToken(token), storedAt }
    } catch {
      return undefined
    }
  }
}

/** The latest time of a `Date`, in epoch milliseconds. */
const LATEST = 8.64e15

/** A token of a file that another version, or a person, may have written: what cannot be a time counts as past, so that it is refreshed. */
function checkedToken(token: StoredToken): StoredToken {
  const { tokenType, expiresAt, refreshExpiresAt } = token
  return {
    ...token,
    ...(typeof tokenType === 'string' ? {} : { tokenType: 'Bearer' }),
    ...(isTime(expiresAt) ? {} : { expiresAt: 0 }),
    ...(isTime(refreshExpiresAt) ? {} : { refreshExpiresAt: LATEST }),
  }
}

function isTime(value: unknown): boolean {
  return value === undefined || (typeof value === 'number' && Math.abs(value) <= LATEST)
}

/** The folder of the operating system for the state of an application; never one below the working folder. */
function stateFolder(appName: string): string {
  const { LOCALAPPDATA, XDG_STATE_HOME } = process.env
  if (process.platform === 'win32') return join(absolute(LOCALAPPDATA) ?? home('AppData', 'Local'), appName)
  if (process.platform === 'darwin') return join(home('Library', 'Application Support'), appName)
  return join(absolute(XDG_STATE_HOME) ?? home('.local', 'state'), appName)
}

/** A folder below the home of the user: that of the environment, else that of the user database. */
function home(...below: readonly string[]): string {
  const found = homeBy(homedir) ?? homeBy(() => userInfo().homedir)
  if (found === undefined) throw new Error('There is no home folder for tokens: set HOME, or the option folder.')
  return join(found, ...below)
}

function homeBy(find: () => string): string | undefined {
  try {
    return absolute(find())
  } catch {
    // a container may run as a user that has no entry in the user database
    return undefined
  }
}

function absolute(path: string | undefined): string | undefined {
  return path !== undefined && isAbsolute(path) ? path : undefined
}
