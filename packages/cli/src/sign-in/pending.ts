import { randomInt } from 'node:crypto'
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { FlowSnapshot } from '@device-auth/client'
import { usageError } from '../errors.ts'
import { plain } from '../terminal/plain-text.ts'

/** A sign-in that another process goes on with: the device code is in it, so it never leaves its file. */
export interface Pending {
  readonly id: string
  readonly flow: FlowSnapshot
  readonly account?: string | undefined
  readonly provider?: string | undefined
}

const letters = 'bcdfghjkmnpqrstvwxz23456789'

/** Sign-ins under way, a file each that only its owner reads. */
export class PendingSignIns {
  readonly folder: string

  constructor(stateFolder: string) {
    this.folder = join(stateFolder, 'pending')
  }

  async add(pending: Omit<Pending, 'id'>): Promise<string> {
    const id = Array.from({ length: 8 }, () => letters[randomInt(letters.length)]).join('')
    await mkdir(this.folder, { recursive: true, mode: 0o700 })
    await writeFile(this.#path(id), JSON.stringify({ id, ...pending }), { mode: 0o600, flag: 'wx' })
    return id
  }

  /** The one of that id, or when none is said, the only one. */
  async find(id: string | undefined): Promise<Pending> {
    const hint = 'Begin one by: device-auth login --no-wait'
    if (id !== undefined) {
      const found = /^[a-z\d]{8}$/.test(id) ? await this.#read(id) : undefined
      if (found !== undefined) return found
      throw usageError(`No sign-in ${plain(id, 40)} is under way: it is over, or was never begun.`, hint)
    }
    const all = await this.list()
    const [first, ...others] = all
    if (first === undefined) throw usageError('No sign-in is under way.', hint)
    if (others.length > 0)
      throw usageError('Several sign-ins are under way.', `Say which: ${all.map((pending) => pending.id).join(', ')}`)
    return first
  }

  /** Those that can still be approved; files of the others are removed. */
  async list(now: number = Date.now()): Promise<readonly Pending[]> {
    const names = await readdir(this.folder).catch(() => [])
    const ids = names.filter((name) => name.endsWith('.json')).map((name) => name.slice(0, -'.json'.length))
    const read = await Promise.all(ids.map((id) => this.#read(id)))
    const all = read.filter((pending) => pending !== undefined)
    const isOver = ({ flow }: Pending): boolean => (flow.session?.expiresAt ?? 0) <= now
    await Promise.all(all.filter(isOver).map(({ id }) => this.remove(id)))
    return all.filter((pending) => !isOver(pending))
  }

  /** Writes down how far it has come. */
  async keep(pending: Pending): Promise<void> {
    const path = this.#path(pending.id)
    await writeFile(`${path}.new`, JSON.stringify(pending), { mode: 0o600 })
    await rename(`${path}.new`, path)
  }

  async remove(id: string): Promise<void> {
    await rm(this.#path(id), { force: true })
  }

  async #read(id: string): Promise<Pending | undefined> {
    try {
      const pending: Pending = JSON.parse(await readFile(this.#path(id), 'utf8'))
      return pending.id === id && pending.flow.version === 1 ? pending : undefined
    } catch {
      // gone meanwhile, or none of ours
      return undefined
    }
  }

  #path(id: string): string {
    return join(this.folder, `${id}.json`)
  }
}
