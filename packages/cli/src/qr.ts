import { renderUnicodeCompact } from 'uqr'

/** A QR code in half blocks, one line as wide as the other. @param border - Modules of quiet around it. */
export function qrLines(address: string, border: number): readonly string[] {
  return renderUnicodeCompact(address, { border }).split('\n')
}
