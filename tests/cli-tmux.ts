// A terminal that can be looked at: the command in tmux.
import { execFileSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { expect, vi } from 'vitest'
import { bin, environment } from './cli-process.ts'

/** A window with the command in it. When that ends, the screen says `END` and its exit code. */
export interface Window {
  /** What is on the screen. @param styled - With the escape sequences of its colours. */
  screen(styled?: boolean): string
  /** Resolves with the first group of the pattern, as soon as the screen has it. */
  shows(pattern: RegExp): Promise<string>
  /** Presses keys, as `Enter` and `C-c`. */
  press(...keys: readonly string[]): void
  /** What tmux knows of the window, as `#{cursor_flag}`. */
  property(format: string): string
  close(): void
}

const quoted = (word: string): string => `'${word.replaceAll("'", `'\\''`)}'`

/** Opens a window of that size. @param before - A line that a person would have typed. */
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
          // one look: the screen may change between two
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
