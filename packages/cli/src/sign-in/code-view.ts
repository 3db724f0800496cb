import { plain } from '../terminal/plain-text.ts'
import type { Screen, Style } from '../terminal/screen.ts'
import type { Terminal } from '../terminal/terminal.ts'

/** What a person needs to approve. */
export interface Codes {
  readonly userCode: string
  readonly verificationUri: string
  readonly verificationUriComplete?: string | undefined
  /** Epoch milliseconds. */
  readonly expiresAt: number
}

/**
 * Address and code, beside a QR code or below it, so that what is typed stays in sight when a window is low.
 *
 * @param qr - `true` shows the QR code wherever, `false` nowhere; default: where it fits and can be scanned.
 */
export async function showCodes(told: Codes, screen: Screen, qr: boolean | undefined): Promise<void> {
  const codes = { ...told, userCode: plain(told.userCode, 100), verificationUri: plain(told.verificationUri, 2000) }
  const { live, unicode } = screen.terminal
  const view = (qr ?? (live && unicode)) ? await withQr(codes, screen, qr === true) : stacked(codes, [])
  for (const line of view) screen.line(line.map(([text, style]) => (style ? screen.paint(style, text) : text)).join(''))
}

type Piece = readonly [text: string, style?: Style]
type Line = readonly Piece[]

/** The first arrangement that fits into the window. */
async function withQr(codes: Codes, { terminal }: Screen, isForced: boolean): Promise<readonly Line[]> {
  const { verificationUri, verificationUriComplete = verificationUri } = codes
  // loaded only when a QR code is drawn, so that other commands start quickly
  const { renderUnicodeCompact } = await import('uqr')
  const qrLines = (border: number): readonly string[] =>
    renderUnicodeCompact(verificationUriComplete, { border }).split('\n')
  const wide = qrLines(2)
  const tight = qrLines(1)
  const views = [beside(codes, wide), stacked(codes, wide), stacked(codes, tight)]
  const found = views.find((view) => fits(view, terminal))
  return found ?? stacked(codes, isForced ? wide : [])
}

/** With a line below for the time that is left. Text may wrap, a QR code may not. */
function fits(view: readonly Line[], { columns, rows }: Terminal): boolean {
  const widths = view.map((line) => line.reduce((sum, [text]) => sum + text.length, 0))
  const height = widths.reduce((sum, width) => sum + Math.max(1, Math.ceil(width / columns)), 0)
  const isWhole = view.every(([first], row) => !first?.[1]?.startsWith('qr') || (widths[row] ?? 0) < columns)
  return isWhole && height < rows
}

function stacked({ userCode, verificationUri }: Codes, qr: readonly string[]): readonly Line[] {
  const above: readonly Line[] = qr.length === 0 ? [] : [...qr.map((line): Line => [qrPiece(line)]), [['']]]
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
  return qr.map((line, row): Line => [qrPiece(line), ['   '], ...(text[row - top] ?? [])])
}

function qrPiece(line: string): Piece {
  return [line, /^▀+$/.test(line) ? 'qrEnd' : 'qr']
}

function codeLine(userCode: string): Line {
  const groups = grouped(userCode)
  const code: Line = [['      '], [userCode, 'bold']]
  return groups === userCode ? code : [...code, [`   (${groups})`, 'dim']]
}

/** A long code without gaps is hard to carry over: in threes, or in fours where that comes out even. */
export function grouped(userCode: string): string {
  if (userCode.length < 7 || !/^[\p{L}\p{N}]+$/u.test(userCode)) return userCode
  const size = userCode.length % 4 === 0 ? 4 : 3
  return (userCode.match(new RegExp(`.{1,${size}}`, 'gu')) ?? []).join(' ')
}
