import { domainToUnicode } from 'node:url'
import { plain } from './plain-text.ts'

/** Small letters of Cyrillic and Greek that look like Latin ones, such as the `а` of `раураӏ`. */
const lookAlikes = /^[авеёзіїјкмнопрѕстухчьѡѵԁԛԝҽһӏґгαγεηικνορτυχωϳ]*$/

/** The alphabets and scripts that may stand in a host name, one at a time, beside digits and hyphens. */
const readable: readonly RegExp[] = [
  /^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}ー]*$/u,
  /^[\p{Script=Hangul}\p{Script=Han}]*$/u,
  /^[\p{Script=Thai}]*$/u,
  /^[\p{Script=Devanagari}]*$/u,
  /^[\p{Script=Bengali}]*$/u,
  /^[\p{Script=Cyrillic}]*$/u,
  /^[\p{Script=Greek}]*$/u,
]

/**
 * The address of a web page as people are shown it, safe for the terminal.
 *
 * A host is shown in its own script only if it cannot be taken for another one; each of its labels must then be
 * - of Latin letters, with or without accents, or ß, æ, œ, ø,
 * - or of one other script that is written from left to right, and not only of letters that look like Latin ones.
 * Any other label is shown in Punycode (`xn--…`). Right-to-left scripts are too, because a terminal may reorder the address.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc5890#section-4.4 RFC 5890 section 4.4}
 */
export function shownAddress(address: unknown): string {
  const text = String(address)
  if (!URL.canParse(text)) return plain(text, 2000)
  const { href, origin, hostname, username } = new URL(text)
  // a path with a backslash or with letters of another script may look like a host
  if (/^[\x21-\x5b\x5d-\x7e]*$/.test(text) && text.startsWith(origin)) return plain(text, 2000)
  if (username !== '') return plain(href, 2000)
  return plain(href.replace(hostname, hostname.split('.').map(shownLabel).join('.')), 2000)
}

/** @param label - A part of a host name in ASCII, maybe in Punycode. */
function shownLabel(label: string): string {
  const unicode = domainToUnicode(label)
  const letters = unicode.replace(/[\d-]/g, '')
  return isUnmistakable(letters) ? unicode : label
}

function isUnmistakable(letters: string): boolean {
  if (/^[a-zßæœø]*$/.test(letters.normalize('NFD').replace(/\p{M}/gu, ''))) return true
  return readable.some((script) => script.test(letters)) && !lookAlikes.test(letters)
}
