import type { Output, Surroundings } from './surroundings.ts'
import { type Terminal, terminalOf } from './terminal.ts'

// white on black whatever the theme is, since not every phone reads an inverted QR code; its last row is a half one
const styles = {
  bold: '1',
  dim: '2',
  underline: '4',
  red: '31',
  green: '32',
  yellow: '33',
  qr: '97;40',
  qrEnd: '97',
} as const

export type Style = keyof typeof styles

/** Lines for people, the last of which may change in place. Never hides the cursor, so that nothing has to be restored. */
export class Screen {
  readonly terminal: Terminal
  readonly #output: Output
  #status = ''

  constructor(output: Output, surroundings: Pick<Surroundings, 'env' | 'platform'>) {
    this.#output = output
    this.terminal = terminalOf(output, surroundings)
  }

  /** The text, styled where there are colours. Texts from elsewhere have been through `plain`. */
  paint(style: Style, text: string): string {
    return this.terminal.colors ? `\x1b[${styles[style]}m${text}\x1b[0m` : text
  }

  /** What is said for good. */
  line(text = ''): void {
    this.#output.write(`${this.#erase()}${text}\n`)
  }

  done(text: string): void {
    this.line(`${this.paint('green', this.terminal.unicode ? '✔' : '[ok]')} ${text}`)
  }

  failed(text: string): void {
    this.line(`${this.paint('red', this.terminal.unicode ? '✘' : '[failed]')} ${text}`)
  }

  warning(text: string): void {
    this.line(`${this.paint('yellow', this.terminal.unicode ? '▲' : '[warning]')} ${text}`)
  }

  /** What is true for now. Nothing where a line cannot change in place. */
  status(text: string): void {
    if (!this.terminal.live || text === this.#status) return
    this.#status = text
    // columns are read anew, because windows change their size
    this.#output.write(`\r\x1b[K${text.slice(0, (this.#output.columns || 80) - 1)}`)
  }

  /** The person pressed Enter, which moved the cursor below the status line. */
  enterPressed(): void {
    if (!this.terminal.live) return
    this.#output.write('\x1b[1A')
    this.#status = ''
  }

  /** Leaves the cursor at the begin of an empty line. */
  close(): void {
    this.#output.write(this.#erase())
  }

  #erase(): string {
    const erased = this.#status === '' ? '' : '\r\x1b[K'
    this.#status = ''
    return erased
  }
}
