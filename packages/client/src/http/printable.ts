// C0, C1, zero-width, line separators and what turns the direction of text: a terminal or a screen would obey them
const unprintable =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/g

/** Text of a server as it may stand on a terminal: bounded, and without control characters. */
export function printable(text: string, maxLength = 500): string {
  return text.replace(unprintable, '').slice(0, maxLength)
}
