import { expect, test } from 'vitest'
import type { History } from './history.ts'
import { rules } from './rules.ts'
import { timeline } from './timeline.ts'

const base = { kind: 'operation', ended: 1010, code: 'D', node: 1, status: 200, user: 0, answer: {} } as const
const history: History = {
  plan: { setup: 'postgres', seed: 1, seconds: 10, users: [], faults: [] },
  entries: [
    { ...base, at: 1000, step: 'codes', answer: { userCode: 'BCDF-GHJK' } },
    { ...base, at: 1200, ended: 11_200, step: 'poll', given: 'D', status: 0 },
    { ...base, at: 1500, user: 4, step: 'enter' },
    { kind: 'fault', at: 900, ended: 4000, fault: 'kill node', target: 'node 1' },
    { kind: 'fault', at: 90_000, ended: 91_000, fault: 'kill node', target: 'node 2' },
    { ...base, at: 12_000, ended: 12_020, step: 'poll', given: 'D', status: 503, answer: { error: 'server_error' } },
  ],
  faultsEnded: 10_000,
  ended: 100_000,
}

test('a timeline has the rule, the steps of the user and the faults of that time, in order', () => {
  const rule = rules.find(({ id }) => id === 'no-server-error')!
  expect(timeline(history, { rule, at: 12_000, user: 0, code: 'D', text: 'A poll heard the status 503.' })).toBe(
    `no-server-error: A poll never hears a 5xx.
promised by the option onStoreFailure, 'pending'
broken at    12.000 s by user 0: A poll heard the status 503.

      0.900 s FAULT kill node: node 1, mended at     4.000 s
      1.000 s node 1 codes -> 200 userCode=BCDF-GHJK (10 ms)
      1.200 s node 1 poll D -> no answer (10000 ms)
>    12.000 s node 1 poll D -> 503 error=server_error (20 ms)
`,
  )
})
