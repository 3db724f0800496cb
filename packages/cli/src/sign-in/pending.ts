import { randomInt } from 'node:crypto'
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { FlowSnapshot } from '@device-auth/client'
import { usageError } from '../errors.ts'
import { plain } from '../terminal/plain-text.ts'

/** A sign-in that another process finishes. It contains the device code, so it must not leave its file. */
export interface Pending {
  readonly id: string
  readonly flow: FlowSnapshot
  readonly account?: string | undefined
  readonly provider?: string | undefined
}

const idCharacters = 'bcdfghjkmnpqrstvwxz23456789'

/** The sign-ins that wait for `resume`. Each has a file that only the user can read. */
export class PendingSignIns {
  readonly folder: string

  constructor(stateFolder: string) {
    this.folder = join(stateFolder, 'pending')
  }

  /** Saves a sign-in and returns its id. */
  async add(pending: Omit<Pending, 'id'>): Promise<string> {
    const id = Array.from({ length: 8 }, () => idCharacters[randomInt(idCharacters.length)]).join('')
    await mkdir(this.folder, { recursive: true, mode: 0o700 })
    await this.update({ id, ...pending })
    return id
  }

  /** The sign-in with this id. Without an id, the only one; throws a usage error if there are none or several. */
  async find(id: string | undefined): Promise<Pending> {
    const hint = 'Start one with: device-auth login --no-wait'
    if (id !== undefined) {
      const found = /^[a-z\d]{8}$/.test(id) ? await this.#read(id) : undefined
      if (found !== undefined) return found
      throw usageError(`No sign-in ${plain(id, 40)} is pending: it has ended, or it never existed.`, hint)
    }
    const all = await this.list()
    const [first, ...others] = all
    if (first === undefined) throw usageError('No sign-in is pending.', hint)
    if (others.length > 0)
      throw usageError(
        'Several sign-ins are pending.',
        `Pass the id of one of them: ${all.map((pending) => pending.id).join(', ')}`,
      )
    return first
  }

  /** The sign-ins that can still be approved. Removes the files of the others. */
  async list(now: number = Date.now()): Promise<readonly Pending[]> {
    const names = await readdir(this.folder).catch(() => [])
    const ids = names.filter((name) => name.endsWith('.json')).map((name) => name.slice(0, -'.json'.length))
    const read = await Promise.all(ids.map((id) => this.#read(id)))
    const all = read.filter((pending) => pending !== undefined)
    const isExpired = ({ flow }: Pending): boolean => (flow.session?.expiresAt ?? 0) <= now
    await Promise.all(all.filter(isExpired).map(({ id }) => this.remove(id)))
    return all.filter((pending) => !isExpired(pending))
  }

  /** Saves the progress of a sign-in. Leaves no part of a file behind if the disk is full. */
  async update(pending: Pending): Promise<void> {
    const path = this.#path(pending.id)
    const temporary = `${path}.new`
    // of a process that was killed; or of somebody else who may write in this folder, and wants to read what follows
    await rm(temporary, { force: true })
    try {
      await writeFile(temporary, JSON.stringify(pending), { mode: 0o600, flag: 'wx' })
      await rename(temporary, path)
    } catch (error) {
      await rm(temporary, { force: true })
      throw error
    }
  }

  async remove(id: string): Promise<void> {
    await rm(this.#path(id), { force: true })
  }

  async #read(id: string): Promise<Pending | undefined> {
    try {
      const pending: Pending = JSON.parse(await readFile(this.#path(id), 'utf8'))
      return pending.id === id && pending.flow.version === 1 ? pending : undefined
    } catch {
      // another process removed it, or it is not a file of this program
      return undefined
    }
  }

  #path(id: string): string {
    return join(this.folder, `${id}.json`)
  }
}
