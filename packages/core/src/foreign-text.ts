/**
 * Characters that cannot be seen, or that change what is around them: control and format characters (also those that turn the
 * direction of a text), lone surrogates, private and unassigned ones, line separators, fillers, and enclosing marks.
 */
const unseen = /[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\p{Me}\u2800]/gu

/** True for a text that every database keeps as it is: PostgreSQL keeps no U+0000, and no half of a surrogate pair is UTF-8. */
export function isStorable(text: string): boolean {
  return !text.includes('\0') && !/\p{Cs}/u.test(text)
}

/**
 * True for a text that can name a user. One that a database changes would name another user there: neither `devices.list` nor a sign-out would
 * find the devices of this one.
 */
export function isSubject(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && isStorable(value)
}

/** Removes what cannot be seen from a text of others, and nothing else. */
export function withoutUnseen(text: string): string {
  return text.replace(unseen, '')
}

/**
 * A text of others as the pages may show it: a client's, a device's or a user's. It has at most `maxLength` characters (UTF-16
 * units), nothing that cannot be seen, single spaces, and at most two marks on a letter, because more of them cover other lines.
 * Letters in another style, such as `𝐁𝐚𝐧𝐤`, become plain ones. A letter that makes a Latin word of letters from several scripts,
 * such as a Cyrillic `а` in `Bаnk`, becomes `\ufffd`.
 * @see {@link https://www.unicode.org/reports/tr39/#Mixed_Script_Detection Unicode Technical Standard 39 section 5.1}
 */
export function foreignText(text: string, maxLength: number): string {
  // most texts are plain ASCII, in which there is nothing to find
  if (/^[\x20-\x7e]*$/.test(text)) return text.slice(0, maxLength).replace(/ +/g, ' ').trim()
  const seen = withoutUnseen(plainLetters(text.slice(0, maxLength)))
  const marked = limitMarks(seen)
    .replace(/\p{Zs}+/gu, ' ')
    .trim()
  // cut again, because one letter may become eighteen
  const cut = cutAt(marked.normalize('NFC'), maxLength).trim()
  return hideLookAlikes(cut.normalize('NFD')).normalize('NFC')
}

/** Letters and digits in another style become plain ones. Signs stay: `″` and `½` say what their plain forms do not. */
function plainLetters(text: string): string {
  return text.replace(/[\p{L}\p{Nd}]+/gu, (letters) => letters.normalize('NFKC'))
}

/** Cuts a text, but never between the two halves of a surrogate pair. */
export function cutAt(text: string, maxLength: number): string {
  return text.slice(0, maxLength).replace(/[\ud800-\udbff]$/, '')
}

/** Decomposes a text, so that each mark counts: at most two on a letter, and none on nothing. */
function limitMarks(text: string): string {
  return text
    .normalize('NFD')
    .replace(/(?<=^|\p{Z})\p{M}+/gu, '')
    .replace(/(\p{M}{2})\p{M}+/gu, '$1')
}

/** Cyrillic and Greek letters that look like Latin ones. Of the other scripts here, all letters count as such. */
const lookAlike =
  /^[аеорсухѕіјһԁԛԝӏѵАВЕЅІЈКМНОРСТУХҮԌԚԜӀΑΒΕΖΗΙΚΜΝΟΡΤΥΧϹϺαγικνορτυχωϲϳ\p{Script=Armenian}\p{Script=Cherokee}\p{Script=Coptic}\p{Script=Lisu}]$/u

/** Hides letters that pass for Latin ones. A word with others, such as `TVприставка`, does not pass for a Latin word. */
function hideLookAlikes(decomposed: string): string {
  return decomposed.replace(/[\p{L}\p{M}\p{N}]+/gu, (word) => {
    const isLatin = (letter: string): boolean => /\p{Script=Latin}/u.test(letter)
    const letters = word.match(/\p{L}/gu) ?? []
    const others = letters.filter((letter) => !isLatin(letter))
    if (others.length === 0 || others.length === letters.length) return word
    if (!others.every((letter) => lookAlike.test(letter))) return word
    return word.replace(/\p{L}/gu, (letter) => (isLatin(letter) ? letter : '\ufffd'))
  })
}
