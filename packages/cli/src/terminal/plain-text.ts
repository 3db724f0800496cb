// control characters (C0, C1), soft hyphen, zero-width characters, line separators, changes of text direction, tags:
// they control a terminal or deceive its reader
const unprintable =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the pattern is there to find control characters
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|\udb40[\udc00-\udc7f]/g

/**
 * Makes text from a server or a user safe for the terminal: one line without control characters.
 *
 * @param maxLength - Characters after which the text is cut off.
 */
export function plain(text: unknown, maxLength = 500): string {
  const line = String(text).replace(/\s+/g, ' ').replace(unprintable, '')
  return line.length > maxLength ? `${line.slice(0, maxLength)}...` : line
}

/** One line of JSON, with control characters as `\uXXXX`, because JSON itself allows some of them unescaped (C1). */
export function jsonLine(value: unknown): string {
  const escaped = (text: string): string =>
    text.replace(/[\s\S]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
  return `${JSON.stringify(value).replace(unprintable, escaped)}\n`
}
