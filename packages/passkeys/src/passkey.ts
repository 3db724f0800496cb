import type { Awaitable } from '@device-auth/core'

/**
 * A passkey of a user, as a store keeps it.
 * @see {@link https://www.w3.org/TR/webauthn-3/#credential-record Web Authentication Level 3, credential record}
 */
export interface Passkey {
  /** The credential id, base64url, at most 1,364 characters. No two passkeys have the same. */
  readonly id: string
  /** The subject of the user. */
  readonly subject: string
  /** The public key in COSE form: bytes, in a spelling that TypeScript before 5.7 reads too, whose `Uint8Array` is not generic. */
  readonly publicKey: ReturnType<Uint8Array['slice']>
  /** The signature counter. It stays 0 for most passkeys that are synced. */
  readonly counter: number
  /** The ways to reach the authenticator, as the browser named them: `internal`, `hybrid`, `usb` and others. */
  readonly transports: readonly string[]
  /** `true` if the passkey can be synced to other devices. This never changes. */
  readonly backupEligible: boolean
  /** `true` if it was synced when it was last used. */
  readonly backedUp: boolean
  /** Epoch milliseconds. */
  readonly createdAt: number
  /** Epoch milliseconds; `undefined` if it has not been used. */
  readonly lastUsedAt: number | undefined
}

/** The changes that one use of a passkey makes to its record. */
export interface PasskeyUse {
  /** The signature counter of this use. */
  readonly counter: number
  readonly backedUp: boolean
  /** Epoch milliseconds. */
  readonly usedAt: number
}

/** The passkeys of users, such as those that your application has already. */
export interface PasskeySource {
  /** Lists the passkeys of a user, the oldest first. Called each time that the page is shown and when the user approves. */
  list(subject: string): Awaitable<readonly Passkey[]>
  /**
   * Records a use, after its signature was verified. This is one atomic step: of two uses with the same counter, one gets `true`.
   *
   * @returns `true` if the counter is greater than the stored one, or if both are 0. `false`, without a change, if it is not, or if
   *   there is no such passkey.
   * @see {@link https://www.w3.org/TR/webauthn-3/#sctn-sign-counter Web Authentication Level 3, signature counters}
   */
  use(id: string, use: PasskeyUse): Awaitable<boolean>
}

/** Passkeys that users add and remove on the page of devices. */
export interface PasskeyStore extends PasskeySource {
  /** Adds a passkey, in one atomic step. @returns `false`, without a change, if there is one with this id, of any user */
  add(passkey: Passkey): Awaitable<boolean>
  /** Removes a passkey of this user. @returns `false` if this user has none with this id */
  remove(subject: string, id: string): Awaitable<boolean>
}
