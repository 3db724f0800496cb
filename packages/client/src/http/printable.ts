// C0, C1, zero-width characters, line separators, and characters that change the direction of text: a terminal would obey them
const unprintable =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters to remove
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/g

/**
 * Makes a text of a server safe to show on a terminal or a screen: without control characters, and cut.
 *
 * @param maxLength - UTF-16 units.
 */
export function printable(text: string, maxLength = 500): string {
  return text.replace(unprintable, '').slice(0, maxLength)
}
