import { createHmac } from 'node:crypto'
import type { UserCodeShape, UserCodes, UserCodeType } from '../contract/codes.ts'
import { randomIndex } from '../crypto/random.ts'
import type { Keys } from '../crypto/seal.ts'
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
export function createUserCodes(shape: UserCodeShape, keys: Keys): UserCodes {
  const { charset, mask } = shape
  const length = mask.split('*').length - 1
  const folded = foldings(charset)
  const spellsWord = wordFinder(charset)
  const draw = (): string => {
    let code = ''
    while (code.length < length) code += charset.charAt(randomIndex(charset.length))
    return code
  }
  const format = (canonical: string): string => {
    let [code, next] = ['', 0]
    for (const character of mask) code += character === '*' ? canonical.charAt(next++) : character
    return code
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
    hash: (canonical) => hashCode(canonical, keys[0]),
    hashes: (canonical) => keys.map((key) => hashCode(canonical, key)),
  }
}

function hashCode(canonical: string, key: Buffer): string {
  return createHmac('sha256', key).update(canonical).digest('base64url')
}

/** The longest code and the longest address that are read, in characters, so that a huge text costs nothing. */
const MAX_INPUT = 64
const MAX_ADDRESS = 2_000

function readCode(input: string, folded: ReadonlyMap<string, string>, length: number): string | undefined {
  const typed = codeInAddress(input) ?? input
  if (typed.length > MAX_INPUT) return undefined
  let canonical = ''
  for (const character of typed.normalize('NFKC')) canonical += folded.get(character) ?? ''
  return canonical.length === length ? canonical : undefined
}

/** The code in a pasted `verification_uri_complete`. */
function codeInAddress(input: string): string | undefined {
  const text = input.trim()
  if (input.length > MAX_ADDRESS || !/^https?:\/\//i.test(text) || !URL.canParse(text)) return undefined
  return new URL(text).searchParams.get('user_code') ?? undefined
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
  addOtherScripts(folded)
  return folded
}

/** The zero of each script whose keyboards have digits of their own, from Arabic to Khmer; the digits to nine follow it. */
const zeros =
  '\u0660\u06f0\u07c0\u0966\u09e6\u0a66\u0ae6\u0b66\u0be6\u0c66\u0ce6\u0d66\u0e50\u0ed0\u0f20\u1040\u17e0\u1810'

/** Cyrillic and Greek letters, and the Latin letters that look the same: each pair is one after the other. */
const twins =
  'АAВBЕEНHІIЈJКKМMОOРPСCЅSТTХXУYаAвBеEнHіIјJкKмMоOрPсCѕSтTхXуY' + // Cyrillic, in both cases
  'ΑAΒBΕEΖZΗHΙIΚKΜMΝNΟOΡPΤTΥYΧX' // Greek capitals

/** A user may type the code with a keyboard of another script, which has these characters in place of ASCII ones. */
function addOtherScripts(folded: Map<string, string>): void {
  const add = (typed: string, ascii: string): void => {
    const meant = folded.get(ascii)
    if (meant !== undefined) folded.set(typed, meant)
  }
  for (const zero of zeros) {
    for (let digit = 0; digit < 10; digit++)
      add(String.fromCodePoint((zero.codePointAt(0) ?? 0) + digit), String(digit))
  }
  for (let at = 0; at < twins.length; at += 2) add(twins.charAt(at), twins.charAt(at + 1))
}

/** Adds a character in both cases. Of ASCII only: with a Turkish locale, `i` is not the lower case of `I`. */
function addBothCases(folded: Map<string, string>, typed: string, meant: string): void {
  folded.set(typed, meant)
  if (typed >= 'A' && typed <= 'Z') folded.set(String.fromCharCode(typed.charCodeAt(0) + 32), meant)
}
