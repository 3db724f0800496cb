import { expect, it } from 'vitest'
import { Screen } from '../../src/terminal/screen.ts'
import { fakeOutput, fakeTerminal } from '../fake-surroundings.ts'

const platform = 'linux'

it('the status changes in place, is cut to the width of the window, and disappears before the next line', () => {
  const output = fakeTerminal(10)
  const screen = new Screen(output, { env: { NO_COLOR: '1', LANG: 'C' }, platform })
  screen.status('Waiting for approval')
  screen.status('Waiting for approval')
  screen.failed('No.')
  screen.close()
  expect(output.text).toBe('\r\x1b[KWaiting f\r\x1b[K[failed] No.\n')
})

it('after Enter, the status is drawn on its own line again', () => {
  const output = fakeTerminal()
  const screen = new Screen(output, { env: {}, platform })
  screen.status('1')
  screen.enterPressed()
  screen.status('2')
  screen.close()
  expect(output.text).toBe('\r\x1b[K1\x1b[1A\r\x1b[K2\r\x1b[K')
})

it.each([
  ['a pipe', fakeOutput(), {}],
  ['a dumb terminal', fakeTerminal(), { TERM: 'dumb' }],
])('%s: lines only, no escape sequences', (_name, output, env) => {
  const screen = new Screen(output, { env: { LANG: 'C.UTF-8', ...env }, platform })
  screen.status('Waiting')
  screen.enterPressed()
  screen.done(screen.paint('bold', 'Done.'))
  screen.close()
  expect(output.text).toBe('✔ Done.\n')
})
