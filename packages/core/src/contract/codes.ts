/** `string`: `BCDF-GHJK`, 20 letters without vowels; `digital`: `123-456-789`. */
export type UserCodeType = 'string' | 'digital'

/** What a user code is made of. */
export interface UserCodeShape {
  /** Upper-case letters and digits, each once. */
  readonly charset: string
  /** `*` stands for one of them; everything else is shown as it is. */
  readonly mask: string
}

/** User codes of one shape under one key. */
export interface UserCodes {
  /** Codes of this shape there are. */
  readonly count: number
  /** What a code looks like: `XXXX-XXXX`. */
  readonly pattern: string
  readonly numeric: boolean
  /** A random code as displayed, without bias; where vowels are allowed, none that spells an offensive word. */
  generate(): string
  /** The bare characters of a code, in whatever spelling; `undefined` for what cannot be one. */
  normalise(input: string): string | undefined
  /** The bare characters as displayed. */
  format(canonical: string): string
  /** How the bare characters are kept: HMAC-SHA-256, because 34 bits behind a plain hash are found in minutes. */
  hash(canonical: string): string
}
