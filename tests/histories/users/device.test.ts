import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { recorder } from '../history.ts'
import { seededRandom } from '../random.ts'
import { signIn } from './device.ts'
import type { Life } from './life.ts'
import type { Asked } from './requests.ts'

beforeEach(() => {
  vi.useFakeTimers()
})

afterEach(() => {
  vi.useRealTimers()
})

test('a person enters a code no longer when it has expired, also if the device does not hear that it has', async () => {
  let isOver = false
  const entered: number[] = []
  const answer = ({ path }: Asked): { readonly status: number; readonly text: string } => {
    if (path === '/oauth/device_authorization')
      return { status: 200, text: JSON.stringify({ device_code: 'code', user_code: 'BCDF-GHJK', expires_in: 10 }) }
    if (path === '/oauth/token') return { status: 0, text: '' }
    entered.push(performance.now())
    return { status: 200, text: JSON.stringify({ result: 'unknown' }) }
  }
  const node = { number: 0, port: () => 1, start: async () => {}, end: async () => {}, kill: async () => {} }
  const network = {
    nodes: [{ ...node, signal: () => {}, shiftClock: () => {} }],
    recorder: recorder(),
    send: async (_: unknown, asked: Asked) => answer(asked),
    close: () => {},
  }
  const user = { number: 0, startsAt: 0, decision: 'approves', by: 'api', thinks: 0, mistypes: 0, drops: 0 } as const
  const plan = { ...user, doubled: false, refreshEvery: 5, stays: 5, revokes: false }
  const life: Life = { plan, network, random: seededRandom(1), isOver: () => isOver, isLate: () => false }
  const began = performance.now()
  const signedIn = signIn(life)
  await vi.advanceTimersByTimeAsync(40_000)
  isOver = true
  await vi.advanceTimersByTimeAsync(2_000)
  await signedIn
  expect(entered.length).toBeGreaterThan(2)
  expect(Math.max(...entered) - began).toBeLessThan(11_000)
})
