// controls, invisible format characters and line separators, some of which change the direction of text: a terminal would obey them; and
// halves of surrogate pairs, at which encodeURIComponent throws
const unprintable = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu

/**
 * Makes a text of a server safe to show on a terminal or a screen: without control characters, and cut.
 *
 * @param maxLength - UTF-16 units.
 */
export function printable(text: string, maxLength = 500): string {
  return text.replace(unprintable, '').slice(0, maxLength)
}
