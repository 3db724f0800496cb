/** The parts of a distinguished name, from the most special one: each a sorted list of `TYPE=value`. */
type Name = readonly (readonly string[])[]

/**
 * Reads a distinguished name as RFC 4514 writes it: `CN=tv,O=Acme\, Inc.,C=US`.
 *
 * @returns `undefined` for another text, and for a value in hexadecimal digits.
 * @see {@link https://www.rfc-editor.org/rfc/rfc4514#section-3 RFC 4514 section 3}
 */
export function readName(text: string): Name | undefined {
  return text === '' ? undefined : readParts(split(text, ','))
}

/** Reads the property `subject` of a certificate of Node: a line for each part, from the least special one, escaped likewise. */
export function readSubject(subject: string | undefined): Name | undefined {
  return subject === undefined || subject === '' ? undefined : readParts(subject.split('\n').reverse())
}

/** True if both names are the same, in the same order. Types may differ in case, values may not. */
export function sameName(one: Name | undefined, other: Name | undefined): boolean {
  return one !== undefined && other !== undefined && JSON.stringify(one) === JSON.stringify(other)
}

function readParts(texts: readonly string[]): Name | undefined {
  const parts = texts.map((text) => split(text, '+').map(readAttribute))
  return parts.flat().includes(undefined) ? undefined : parts.map((part) => part.flatMap((one) => one ?? []).sort())
}

/** Splits at each separator that is not escaped. */
function split(text: string, separator: ',' | '+'): string[] {
  const parts = ['']
  for (const [token] of text.matchAll(/\\.|./gs)) {
    if (token === separator) parts.push('')
    else parts.push((parts.pop() ?? '') + token)
  }
  return parts
}

const start = /^ *([A-Za-z][A-Za-z0-9-]*|\d+(?:\.\d+)+) *= */

function readAttribute(text: string): string | undefined {
  const [before = '', type] = start.exec(text) ?? []
  const value = withoutSpacesAfter(text.slice(before.length))
  if (type === undefined || value === undefined || value === '' || value.startsWith('#')) return undefined
  const plain = unescapeValue(value)
  return plain === undefined ? undefined : `${type.toUpperCase()}=${plain}`
}

/**
 * Removes the spaces at the end of a value, but no escaped one; `undefined` for a text that ends within an escape. A regular expression
 * for all this would try each division of a long row of spaces.
 */
function withoutSpacesAfter(text: string): string | undefined {
  const characters = text.match(/\\.|[^\\]/gs) ?? []
  if (characters.join('').length !== text.length) return undefined
  while (characters.at(-1) === ' ') characters.pop()
  return characters.join('')
}

/** Undoes the escapes: a backslash before a character, or before the two hexadecimal digits of a byte of UTF-8. */
function unescapeValue(value: string): string | undefined {
  const bytes = [...value.matchAll(/\\([\da-f]{2})|\\?(.)/gisu)].map(([, hex, char = '']) =>
    hex === undefined ? Buffer.from(char) : Buffer.from(hex, 'hex'),
  )
  const joined = Buffer.concat(bytes)
  const text = joined.toString()
  return Buffer.from(text).equals(joined) ? text : undefined
}
