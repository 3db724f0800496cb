/**
 * A built-in form of user codes. `string`: `BCDF-GHJK`, eight of 20 letters without vowels. `digital`: `123-456-789`.
 * @see {@link https://www.rfc-editor.org/rfc/rfc8628#section-6.1 RFC 8628 section 6.1}
 */
export type UserCodeType = 'string' | 'digital'

/** The characters and the form of user codes. */
export interface UserCodeShape {
  /** Upper-case letters and digits, each once. */
  readonly charset: string
  /** The displayed form: each `*` stands for one character of the charset, everything else is shown as it is. */
  readonly mask: string
}

/** Makes and reads the user codes of one server: of one shape, hashed under the server's keys. */
export interface UserCodes {
  /** The number of different codes of this shape. */
  readonly count: number
  /** The displayed form, with an X for each character: `XXXX-XXXX`. */
  readonly pattern: string
  /** `true` if the charset has digits only. */
  readonly numeric: boolean
  /** Draws a random code without bias, as displayed. With vowels in the charset, none that spells an offensive word. */
  generate(): string
  /** Reduces a code in any spelling to its bare characters; `undefined` for a text that cannot be a code. */
  normalize(input: string): string | undefined
  /** Displays the bare characters of a code. */
  format(canonical: string): string
  /** Hashes the bare characters for the store. HMAC-SHA-256: 34 bits behind a plain hash are found in minutes. */
  hash(canonical: string): string
  /** The hashes by the current secret and by previous ones, to find a code that was issued before a rotation. */
  hashes(canonical: string): readonly string[]
}
