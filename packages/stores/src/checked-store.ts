import type { DeviceStore } from '@device-auth/core'

/** A store that can check its database. */
export interface CheckedStore extends DeviceStore {
  /**
   * Checks the database, for a health check and when the application starts.
   *
   * @returns warnings, for example that the server may evict live sign-ins; empty if all is well. Rejects with an `Error`
   * when the database does not answer, is too old, or has no tables.
   */
  check(): Promise<readonly string[]>
}

/** The error for a database that does not answer. Node's own error has a code and no message if a host name has two addresses. */
export function unanswered(store: string, error: unknown): Error {
  const { message, code } = error as { readonly message?: string; readonly code?: string }
  return new Error(`${store}: the database does not answer: ${message || code || String(error)}`, { cause: error })
}
