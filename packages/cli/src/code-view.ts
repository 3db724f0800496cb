import type { Screen } from './screen.ts'

/** What a person needs to approve. */
export interface Codes {
  readonly userCode: string
  readonly verificationUri: string
  readonly verificationUriComplete?: string | undefined
  /** Epoch milliseconds. */
  readonly expiresAt: number
}

/** Rows that stand beside a QR code: address, code, blank ones, status. */
const OTHER_ROWS = 7

/**
 * Address and code, and above them the QR code, so that what is typed stays in sight when a window is low.
 *
 * @param qr - `true` shows the QR code wherever, `false` nowhere; default: where it fits and can be scanned.
 */
export async function showCodes(codes: Codes, screen: Screen, qr: boolean | undefined): Promise<void> {
  const { userCode, verificationUri, verificationUriComplete = verificationUri } = codes
  const { live, unicode, colors } = screen.terminal
  if (qr ?? (live && unicode)) {
    const { qrLines } = await import('./qr.ts')
    const lines = qrLines(verificationUriComplete, colors)
    if (qr || fits(lines, screen)) screen.line(`${lines.join('\n')}\n`)
  }
  screen.line(`Open ${screen.paint('underline', verificationUri)} and enter the code\n`)
  screen.line(`      ${screen.paint('bold', userCode)}\n`)
  const groups = grouped(userCode)
  if (groups !== userCode) screen.line(screen.paint('dim', `      in groups: ${groups}\n`))
}

function fits(lines: readonly string[], { terminal: { columns, rows, colors } }: Screen): boolean {
  const width = (lines[0] ?? '').length - (colors ? FRAME : 0)
  return width < columns && lines.length + OTHER_ROWS <= rows
}

const FRAME = '\x1b[97;40m\x1b[0m'.length

/** A long code without gaps is hard to carry over: in threes, or in fours where that comes out even. */
export function grouped(userCode: string): string {
  if (userCode.length < 7 || !/^[\p{L}\p{N}]+$/u.test(userCode)) return userCode
  const size = userCode.length % 4 === 0 ? 4 : 3
  return (userCode.match(new RegExp(`.{1,${size}}`, 'gu')) ?? []).join(' ')
}

/** `9:59` */
export function timeLeft(expiresAt: number, now: number): string {
  const seconds = Math.max(0, Math.round((expiresAt - now) / 1000))
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60]
  const rest = String(seconds % 60).padStart(2, '0')
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, '0')}:${rest}` : `${minutes}:${rest}`
}
