import type { Passkey, PasskeyStore, PasskeyUse } from './passkey.ts'

/** Passkeys in the memory of this process, for tests and trials: a restart loses them, and users have to register again. */
export class MemoryPasskeyStore implements PasskeyStore {
  readonly #passkeys = new Map<string, Passkey>()

  list(subject: string): readonly Passkey[] {
    return [...this.#passkeys.values()].filter((passkey) => passkey.subject === subject)
  }

  use(id: string, { counter, backedUp, usedAt }: PasskeyUse): boolean {
    const passkey = this.#passkeys.get(id)
    if (passkey === undefined) return false
    if ((counter !== 0 || passkey.counter !== 0) && counter <= passkey.counter) return false
    this.#passkeys.set(id, { ...passkey, counter, backedUp, lastUsedAt: usedAt })
    return true
  }

  add(passkey: Passkey): boolean {
    if (this.#passkeys.has(passkey.id)) return false
    this.#passkeys.set(passkey.id, { ...passkey })
    return true
  }

  remove(subject: string, id: string): boolean {
    return this.#passkeys.get(id)?.subject === subject && this.#passkeys.delete(id)
  }
}
