import { createHmac } from 'node:crypto'
import type { UserCodeShape, UserCodes, UserCodeType } from '../contract/codes.ts'
import { randomIndex } from '../crypto/random.ts'
import { wordFinder } from './words.ts'

const shapes: Record<UserCodeType, UserCodeShape> = {
  // no vowels, so that no code is a word, and no characters that look alike
  string: { charset: 'BCDFGHJKLMNPQRSTVWXZ', mask: '****-****' },
  digital: { charset: '0123456789', mask: '***-***-***' },
}

/** The shape that the option `userCode` means. */
export function userCodeShape(option: { readonly type: UserCodeType } | UserCodeShape): UserCodeShape {
  if ('type' in option && option.type !== undefined) return shapes[option.type]
  const { charset, mask } = option as UserCodeShape
  return { charset, mask }
}

/**
 * Makes the user codes of a server.
 *
 * @param key - The key of the hashes.
 * @see {@link https://www.rfc-editor.org/rfc/rfc8628#section-6.1 RFC 8628 section 6.1}
 */
export function createUserCodes(shape: UserCodeShape, key: Buffer): UserCodes {
  const { charset, mask } = shape
  const length = mask.split('*').length - 1
  const folded = foldings(charset)
  const spellsWord = wordFinder(charset)
  const draw = (): string => Array.from({ length }, () => charset.charAt(randomIndex(charset.length))).join('')
  const format = (canonical: string): string => {
    let next = 0
    return mask.replace(/\*/g, () => canonical[next++] ?? '')
  }
  return {
    count: charset.length ** length,
    pattern: mask.replace(/\*/g, 'X'),
    numeric: /^[0-9]+$/.test(charset),
    generate: () => {
      let code = draw()
      while (spellsWord(code)) code = draw()
      return format(code)
    },
    normalize: (input) => readCode(input, folded, length),
    format,
    hash: (canonical) => createHmac('sha256', key).update(canonical).digest('base64url'),
  }
}

/** The longest text that is read, in characters, so that a huge one costs nothing. */
const maxInput = 64

function readCode(input: string, folded: ReadonlyMap<string, string>, length: number): string | undefined {
  if (input.length > maxInput) return undefined
  let canonical = ''
  for (const character of input.normalize('NFKC')) canonical += folded.get(character) ?? ''
  return canonical.length === length ? canonical : undefined
}

const lookAlikes = ['0O', '1IL', '2Z', '5S', '8B']

/** The groups of similar characters of which a charset has more than one, such as `0 and O`. */
export function lookAlikesIn(charset: string): string[] {
  const both = lookAlikes.map((group) => [...group].filter((character) => charset.includes(character)))
  return both.filter((group) => group.length > 1).map((group) => group.join(' and '))
}

/**
 * Maps each character that a user may type to the one that is meant: lower case to upper case, and a look-alike such as
 * `O` to the only one that the charset has. Characters of the charset stay as they are.
 */
function foldings(charset: string): ReadonlyMap<string, string> {
  const folded = new Map<string, string>()
  for (const character of charset) addBothCases(folded, character, character)
  for (const group of lookAlikes) {
    const [only, ...others] = [...group].filter((character) => charset.includes(character))
    if (only === undefined || others.length > 0) continue
    for (const character of group) addBothCases(folded, character, only)
  }
  return folded
}

/** Adds a character in both cases. Of ASCII only: with a Turkish locale, `i` is not the lower case of `I`. */
function addBothCases(folded: Map<string, string>, typed: string, meant: string): void {
  folded.set(typed, meant)
  if (typed >= 'A' && typed <= 'Z') folded.set(String.fromCharCode(typed.charCodeAt(0) + 32), meant)
}
