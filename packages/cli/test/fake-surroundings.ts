import { PassThrough } from 'node:stream'
import type { Output, Surroundings } from '../src/terminal/surroundings.ts'

/** An output that collects the text written to it. */
export interface FakeOutput extends Output {
  readonly text: string
}

export function fakeOutput(shape: Pick<Output, 'isTTY' | 'columns' | 'rows' | 'fd'> = {}): FakeOutput {
  let text = ''
  return {
    ...shape,
    write: (chunk) => (text += chunk),
    get text() {
      return text
    },
  }
}

/** Surroundings with pipes for all streams. `more` replaces some of them. */
export function fakeSurroundings<More extends Partial<Surroundings>>(
  more: More,
): Omit<Surroundings, keyof More> & More & { readonly stdout: FakeOutput; readonly stderr: FakeOutput } {
  const { signal } = new AbortController()
  const streams = { stdin: new PassThrough(), stdout: fakeOutput(), stderr: fakeOutput() }
  return { env: { LANG: 'C.UTF-8' }, platform: 'linux', signal, uncut: new Set(), ...streams, ...more }
}

/** A terminal of that size. */
export function fakeTerminal(columns = 80, rows = 24): FakeOutput {
  return fakeOutput({ isTTY: true, columns, rows })
}
