import type { Now } from '@device-auth/core'
import {
  receivedRotation,
  type StoredFamily,
  type StoredRecord,
  shouldNoteUse,
  tokensEnd,
} from '@device-auth/core/stores'
import type { RunScript } from './client.ts'
import type { Keys } from './creation.ts'
import { instant } from './fields.ts'
import type { Indexes } from './indexes.ts'
import { noteUse } from './scripts.ts'

/** Milliseconds in which a note that was dropped is told once. */
const SILENCE = 60_000

/** Notes that an access token was used. `at` is the time to judge by, in epoch milliseconds. */
export type NoteUse = (
  record: StoredRecord & { readonly family: StoredFamily },
  tokenHash: string,
  time: { readonly now: Now; readonly at: number },
) => Promise<void>

interface Parts {
  readonly run: RunScript
  /** Runs a script whose write must not be lost. */
  readonly keep: RunScript
  readonly keys: Keys
  readonly indexes: Indexes
  readonly onError: (error: Error) => void
}

/**
 * Makes the step that notes the use of access tokens. It never rejects: a token is as good on a server that is full or
 * read-only. A note that cannot be written is dropped, and `onError` is told so, at most once a minute.
 */
export function useNotes({ run, keep, keys, indexes, onError }: Parts): NoteUse {
  let toldAt = Number.NEGATIVE_INFINITY
  let dropped = 0
  const drop = (cause: unknown): void => {
    dropped++
    if (performance.now() - toldAt < SILENCE) return
    toldAt = performance.now()
    const reason = cause instanceof Error ? cause.message : String(cause)
    const message = `redisStore: ${dropped} notes of the use of access tokens were not written: ${reason}`
    dropped = 0
    try {
      onError(new Error(message, { cause }))
    } catch {
      // the log itself fails: nobody can be told
    }
  }
  return async (record, tokenHash, { now, at }) => {
    const { id, family } = record
    const received = receivedRotation(family, tokenHash)
    if (received === undefined && !shouldNoteUse(family, at)) return
    const values = [instant(now), received?.hash ?? '']
    // a redemption may have died before its index entries were written: the first use writes them
    const added = family.lastUsedAt === undefined && indexes.addFamily(record, tokensEnd(family), now)
    const noted = (received === undefined ? run : keep)(noteUse, [keys.credential(id)], values)
    await Promise.all([noted, added]).catch(drop)
  }
}
