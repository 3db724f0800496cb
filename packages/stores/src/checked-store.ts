import type { DeviceStore } from '@device-auth/core'

/** A store that can say whether its database will do. */
export interface CheckedStore extends DeviceStore {
  /** Warnings, such as of a server that may evict live sign-ins; rejects when it does not answer, is too old or has no tables. */
  check(): Promise<readonly string[]>
}

/** What stands in the way of the first question to a database, in words: Node's own have none where a name has two addresses. */
export function unanswered(store: string, error: unknown): Error {
  const { message, code } = error as { readonly message?: string; readonly code?: string }
  return new Error(`${store}: the database does not answer: ${message || code || String(error)}`, { cause: error })
}
