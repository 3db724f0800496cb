// Characters that control a terminal or deceive its reader: control characters, invisible format characters (zero width, changes of
// text direction, soft hyphen, tags), halves of surrogate pairs, private use, line separators, and letters that are drawn as a blank.
const unprintable = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}\u115f\u1160\u2800\u3164\uffa0]/gu

/**
 * Makes text from a server or a user safe for the terminal: one line without control characters.
 *
 * @param maxLength - Characters after which the text is cut off.
 */
export function plain(text: unknown, maxLength = 500): string {
  const line = String(text).replace(/\s+/g, ' ').replace(unprintable, '')
  // the cut may leave half of a surrogate pair
  return line.length > maxLength ? `${line.slice(0, maxLength).replace(/\p{Cs}$/u, '')}...` : line
}

/** Text of several lines, each of them made safe like by {@link plain}. */
export function plainLines(text: string): string {
  return text
    .split('\n')
    .map((line) => line.replace(unprintable, ''))
    .join('\n')
}

/**
 * One line of JSON in which control and invisible characters are written as `\uXXXX`. JSON itself allows some of them
 * unescaped, such as the control characters U+0080 to U+009F.
 */
export function jsonLine(value: unknown): string {
  const escaped = (text: string): string =>
    text.replace(/[\s\S]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
  return `${JSON.stringify(value).replace(unprintable, escaped)}\n`
}
