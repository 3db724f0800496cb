// Runs the command in tmux, so that tests can read the screen.
import { execFileSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { expect, vi } from 'vitest'
import { bin, environment } from './cli-process.ts'

/** A window that runs the command. When the command ends, the screen shows `END` and its exit code. */
export interface Window {
  /**
   * The text on the screen.
   *
   * @param styled - True keeps the escape sequences of the colours.
   */
  screen(styled?: boolean): string
  /** Resolves with the first group of the pattern as soon as the screen matches it. */
  shows(pattern: RegExp): Promise<string>
  /** Presses keys, such as `Enter` and `C-c`. */
  press(...keys: readonly string[]): void
  /** A property of the window in the format of tmux, such as `#{cursor_flag}`. */
  property(format: string): string
  close(): void
}

/** A word of a command of the shell, also with spaces. */
export const quoted = (word: string): string => `'${word.replaceAll("'", `'\\''`)}'`

/**
 * Opens a window of the given size and runs the command in it.
 *
 * @param before - A line to show above, as if a person had typed it.
 */
export function openWindow(
  [columns, rows]: readonly [number, number],
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  before = '',
): Window {
  const socket = `device-auth-${randomUUID()}`
  const tmux = (...words: readonly string[]): string =>
    execFileSync('tmux', ['-L', socket, '-f', '/dev/null', ...words], { encoding: 'utf8', env: environment(env) })
  const command = [process.execPath, bin, ...args].map(quoted).join(' ')
  const typed = before === '' ? '' : `printf '%s\\n' ${quoted(before)}; `
  // tmux sets TERM itself
  const term = env.TERM === undefined ? '' : `TERM=${quoted(env.TERM)} `
  tmux('new-session', '-d', '-x', `${columns}`, '-y', `${rows}`, `${typed}${term}${command}; echo "END $?"; cat`)
  const screen = (styled = false): string => tmux('capture-pane', '-p', ...(styled ? ['-e'] : []), '-t', '0')
  return {
    screen,
    shows: (pattern) =>
      vi.waitFor(
        () => {
          // read the screen only once, because it may change between two reads
          const shown = screen()
          expect(shown).toMatch(pattern)
          const found = pattern.exec(shown)
          return found?.[1] ?? found?.[0] ?? ''
        },
        { timeout: 20_000, interval: 50 },
      ),
    press: (...keys) => void tmux('send-keys', ...keys),
    property: (format) => tmux('display-message', '-p', format).trim(),
    close: () => void tmux('kill-server'),
  }
}
