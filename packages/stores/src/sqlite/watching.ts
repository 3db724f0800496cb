import type { WatchListener } from '@device-auth/core'
import { Watchers } from '@device-auth/core/stores'
import type { SqliteConnection } from './connection.ts'

/** Milliseconds between two looks at the file, while somebody watches. */
const LOOK_INTERVAL = 100

/**
 * Tells of decisions in one file. SQLite sends no messages: while somebody watches, a number is read that grows with each
 * write of another connection. The writes of this one are told by the store itself.
 */
export class FileWatch {
  readonly #watchers = new Watchers()
  readonly #connection: SqliteConnection
  readonly #select: string
  #version: unknown
  #looks: NodeJS.Timeout | undefined

  /** @param table the table of credentials */
  constructor(connection: SqliteConnection, table: string) {
    this.#connection = connection
    this.#select = `SELECT id FROM ${table}
      WHERE id IN (SELECT value FROM json_each($1)) AND (approved IS NOT NULL OR ended = 1)`
  }

  watch(id: string, listener: WatchListener): () => void {
    if (this.#looks === undefined) {
      this.#version = this.#readVersion()
      this.#looks = setInterval(() => this.#look(), LOOK_INTERVAL).unref()
    }
    return this.#watchers.add(id, listener)
  }

  /** This process has changed a credential. */
  changed(id: string): void {
    this.#watchers.changed(id)
  }

  close(): void {
    clearInterval(this.#looks)
    this.#looks = undefined
    this.#watchers.down()
  }

  #readVersion(): unknown {
    return this.#connection.run('PRAGMA data_version', [], true)[0]?.data_version
  }

  #look(): void {
    if (this.#watchers.size === 0) {
      clearInterval(this.#looks)
      this.#looks = undefined
      return
    }
    try {
      const version = this.#readVersion()
      if (version === this.#version) return
      const rows = this.#connection.run(this.#select, [JSON.stringify([...this.#watchers.ids()])], true)
      // after the rows were read, so that a failure is made good at the next look
      this.#version = version
      for (const { id } of rows) this.#watchers.changed(String(id))
    } catch {
      // the file is busy, and the next look comes soon; or it is closed, and whoever watches polls again anyway
      this.#watchers.down()
    }
  }
}
