// C0, C1, soft hyphen, zero-width, line separators, what turns the direction of text, tags: a terminal or an eye would obey them
const unprintable =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|\udb40[\udc00-\udc7f]/g

/** Text from elsewhere as it may stand on a terminal: one line, bounded, without control characters. */
export function plain(text: unknown, maxLength = 500): string {
  const line = String(text).replace(/\s+/g, ' ').replace(unprintable, '')
  return line.length > maxLength ? `${line.slice(0, maxLength)}...` : line
}

/** One line of JSON whose texts are exact, and harmless where a terminal shows it: JSON itself lets C1 characters stand. */
export function jsonLine(value: unknown): string {
  const escaped = (text: string): string =>
    text.replace(/[\s\S]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
  return `${JSON.stringify(value).replace(unprintable, escaped)}\n`
}
