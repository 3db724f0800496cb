import { renderUnicodeCompact } from 'uqr'

/** A QR code in half blocks. White on black whatever the theme is, since not every phone reads an inverted one. */
export function qrLines(address: string, colors: boolean): readonly string[] {
  const lines = renderUnicodeCompact(address, { border: 2 }).split('\n')
  return colors ? lines.map((line) => `\x1b[97;40m${line}\x1b[0m`) : lines
}
