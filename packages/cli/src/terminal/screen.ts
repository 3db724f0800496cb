import type { Output, Surroundings } from './surroundings.ts'
import { type Terminal, terminalOf } from './terminal.ts'

// a QR code is white on black in every theme, because not every phone reads an inverted one
const styles = {
  bold: '1',
  dim: '2',
  underline: '4',
  red: '31',
  green: '32',
  yellow: '33',
  qr: '97;40',
} as const

export type Style = keyof typeof styles

/**
 * Prints lines for people. Below them, one status line can change in place.
 * Never hides the cursor, so that nothing has to be restored at the end.
 */
export class Screen {
  readonly terminal: Terminal
  readonly #output: Output
  #status = ''

  constructor(output: Output, surroundings: Pick<Surroundings, 'env' | 'platform'>) {
    this.#output = output
    this.terminal = terminalOf(output, surroundings)
  }

  /** Styles the text if the terminal has colours. Callers pass texts from a server through `plain` first. */
  paint(style: Style, text: string): string {
    return this.terminal.colors ? `\x1b[${styles[style]}m${text}\x1b[0m` : text
  }

  /** Prints a line that stays. */
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

  /** Replaces the status line. Prints nothing if lines cannot change in place. */
  status(text: string): void {
    if (!this.terminal.live || text === this.#status) return
    this.#status = text
    // the width is read each time, because windows change their size
    this.#output.write(`\r\x1b[K${text.slice(0, (this.#output.columns || 80) - 1)}`)
  }

  /** Moves the cursor back to the status line, which it left because the user pressed Enter. */
  enterPressed(): void {
    if (!this.terminal.live) return
    this.#output.write('\x1b[1A')
    this.#status = ''
  }

  /** Removes the status line and leaves the cursor at the start of an empty line. */
  close(): void {
    this.#output.write(this.#erase())
  }

  #erase(): string {
    const erased = this.#status === '' ? '' : '\r\x1b[K'
    this.#status = ''
    return erased
  }
}
