import { shownAddress } from '../terminal/address.ts'
import { plain } from '../terminal/plain-text.ts'
import type { Screen, Style } from '../terminal/screen.ts'
import type { Terminal } from '../terminal/terminal.ts'

/** The code and addresses that the user needs to approve. */
export interface Codes {
  readonly userCode: string
  readonly verificationUri: string
  readonly verificationUriComplete?: string | undefined
  /** Epoch milliseconds. */
  readonly expiresAt: number
}

/**
 * Shows address and code beside a QR code, or below it, so that a low window still shows the text that is typed.
 *
 * @param qr - `true` shows the QR code always, `false` never. Default: where it fits and can be scanned. That takes colours, because the
 *   colours of the theme may make it an inverted one, which many phones do not read.
 * @see {@link https://www.rfc-editor.org/rfc/rfc8628#section-3.3.1 RFC 8628 section 3.3.1}
 */
export async function showCodes(received: Codes, screen: Screen, qr: boolean | undefined): Promise<void> {
  const codes = {
    ...received,
    userCode: plain(received.userCode, 100),
    verificationUri: shownAddress(received.verificationUri),
  }
  const { colors, unicode } = screen.terminal
  const view = (qr ?? (colors && unicode)) ? await withQr(codes, screen, qr === true) : stacked(codes, [])
  for (const line of view) screen.line(line.map(([text, style]) => (style ? screen.paint(style, text) : text)).join(''))
}

type Piece = readonly [text: string, style?: Style]
type Line = readonly Piece[]

/** The first arrangement with a QR code that fits into the window. The text alone if none does. */
async function withQr(codes: Codes, { terminal }: Screen, isForced: boolean): Promise<readonly Line[]> {
  const { verificationUri, verificationUriComplete = verificationUri } = codes
  // loaded only when a QR code is drawn, so that other commands start quickly
  const { encode } = await import('uqr')
  const { data } = encode(verificationUriComplete, { border: QUIET_ZONE })
  const qr = halfBlocks(data)
  const found = [beside(codes, qr), stacked(codes, qr)].find((view) => fits(view, terminal))
  return found ?? stacked(codes, isForced ? qr : [])
}

/** Light modules around a QR code, as ISO/IEC 18004 section 6.3.8 asks. */
const QUIET_ZONE = 4

/**
 * Draws two rows of modules in each line.
 *
 * @param modules - The rows, with `true` for dark.
 */
function halfBlocks(modules: readonly (readonly boolean[])[]): readonly string[] {
  const lines: string[] = []
  for (let row = 0; row < modules.length; row += 2) {
    // the number of rows is odd: the quiet zone goes on in the lower half of the last line
    const [upper = [], lower = []] = modules.slice(row, row + 2)
    lines.push(upper.map((isDark, column) => halfBlock(isDark, lower[column] ?? false)).join(''))
  }
  return lines
}

/** One character for two modules. Light is drawn, dark is the background. */
function halfBlock(isUpperDark: boolean, isLowerDark: boolean): string {
  if (isUpperDark) return isLowerDark ? ' ' : '▄'
  return isLowerDark ? '▀' : '█'
}

/** True if the window has room for the view and the status line below. Text may wrap, a QR code may not. */
function fits(view: readonly Line[], { columns, rows }: Terminal): boolean {
  const widths = view.map((line) => line.reduce((sum, [text]) => sum + text.length, 0))
  const height = widths.reduce((sum, width) => sum + Math.max(1, Math.ceil(width / columns)), 0)
  const isWhole = view.every(([first], row) => first?.[1] !== 'qr' || (widths[row] ?? 0) < columns)
  return isWhole && height < rows
}

function stacked({ userCode, verificationUri }: Codes, qr: readonly string[]): readonly Line[] {
  const above: readonly Line[] = qr.length === 0 ? [] : [...qr.map((line): Line => [[line, 'qr']]), [['']]]
  const open: Line = [['Open '], [verificationUri, 'underline'], [' and enter the code']]
  return [...above, open, [['']], codeLine(userCode), [['']]]
}

function beside({ userCode, verificationUri }: Codes, qr: readonly string[]): readonly Line[] {
  const text: readonly Line[] = [
    [['Scan this with your phone, or open']],
    [[verificationUri, 'underline']],
    [['and enter the code']],
    [['']],
    codeLine(userCode),
  ]
  const top = Math.floor((qr.length - text.length) / 2)
  return qr.map((line, row): Line => [[line, 'qr'], ['   '], ...(text[row - top] ?? [])])
}

function codeLine(userCode: string): Line {
  const groups = grouped(userCode)
  const code: Line = [['      '], [userCode, 'bold']]
  return groups === userCode ? code : [...code, [`   (${groups})`, 'dim']]
}

/** Splits a long code into groups that are easier to copy: groups of four if that leaves no rest, otherwise of three. */
export function grouped(userCode: string): string {
  if (userCode.length < 7 || !/^[\p{L}\p{N}]+$/u.test(userCode)) return userCode
  const size = userCode.length % 4 === 0 ? 4 : 3
  return (userCode.match(new RegExp(`.{1,${size}}`, 'gu')) ?? []).join(' ')
}
