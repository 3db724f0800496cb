/** The texts that passkeys add to the pages, in one language. They are plain text: the pages escape them. */
export interface PasskeyTexts {
  /** Above the buttons: the browser asks for the passkey. */
  readonly confirm: string
  readonly failed: string
  /** The user has no passkey yet. */
  readonly missing: string
  /** The link to the page where users register passkeys. */
  readonly enrol: string
  readonly noScript: string
  readonly title: string
  readonly about: string
  /** In place of `about` if the option `enrol` returned `false`. */
  readonly signInAgain: string
  readonly add: string
  readonly remove: string
  /** The name of a passkey. `date` is formatted in this language. */
  readonly passkeyOf: (date: string) => string
  readonly lastUsed: (date: string) => string
  readonly synced: string
  readonly oneDevice: string
  readonly added: string
  readonly removed: string
  /** A passkey could not be added or removed. */
  readonly unchanged: string
}
