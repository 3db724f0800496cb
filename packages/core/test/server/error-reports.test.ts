import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import type { ErrorContext } from '../../src/contract/hook-arguments.ts'
import { createErrorReports } from '../../src/server/error-reports.ts'
import { MemoryStore } from '../../src/stores/memory/memory-store.ts'
import { faultyStore } from '../../src/testing/faulty-store.ts'
import { createTestServer, expectError } from '../server.ts'

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }))
afterEach(() => void vi.useRealTimers())

const where: ErrorContext = { endpoint: 'token' }

/** Reports with everything that they told: the message, and the number of those left out. */
function createReports() {
  const told: [string, number][] = []
  const reports = createErrorReports((error, { leftOut = 0 }) => told.push([String(Object(error).message), leftOut]))
  return { told, ...reports }
}

it('the first error of a kind is told at once, those after it once a second with their number', () => {
  const { told, add } = createReports()
  for (let i = 0; i < 500; i++) add('redeem', new Error(`connect 10.0.0.${i}:6379`), where)
  expect(told).toEqual([['connect 10.0.0.0:6379', 0]])
  vi.advanceTimersByTime(1000)
  expect(told).toEqual([
    ['connect 10.0.0.0:6379', 0],
    ['connect 10.0.0.499:6379', 498],
  ])
})

it.each(['name', 'message'])('an error is told although its %s cannot be read', (property) => {
  const unreadable = Object.defineProperty(new Error('down'), property, {
    get: () => {
      throw new Error('not even this')
    },
  })
  const errors: unknown[] = []
  const { add: report } = createErrorReports((error) => errors.push(error))
  report('redeem', unreadable, where)
  expect(errors[0]).toBe(unreadable)
})

it('a poll is answered although the hook throws an error whose name is no text', async () => {
  const hooks = {
    beforeIssue: () => {
      throw Object.assign(new Error('down'), { name: Symbol('down') })
    },
  }
  const server = createTestServer({ hooks })
  const { device_code: deviceCode, user_code: userCode } = await server.start()
  await server.deviceAuth.approve(userCode, { subject: 'alice' })
  expectError(await server.poll(deviceCode), 'authorization_pending')
})

it('every error is told or counted, however long they last', () => {
  const { told, add } = createReports()
  for (let i = 0; i < 1000; i++) {
    add('redeem', new Error('down'), where)
    vi.advanceTimersByTime(7)
  }
  vi.advanceTimersByTime(1000)
  expect(told.length).toBeLessThanOrEqual(9)
  expect(told.reduce((sum, [, leftOut]) => sum + 1 + leftOut, 0)).toBe(1000)
})

it('after a second without an error, the next one is told at once', () => {
  const { told, add } = createReports()
  add('redeem', new Error('down'), where)
  vi.advanceTimersByTime(1000)
  add('redeem', new Error('down'), where)
  expect(told).toEqual([
    ['down', 0],
    ['down', 0],
  ])
})

it.each<[string, string, unknown, ErrorContext]>([
  ['operation', 'revoke', new Error('down'), where],
  ['endpoint', 'redeem', new Error('down'), { endpoint: 'revocation' }],
  ['name', 'redeem', new TypeError('down'), where],
  ['code', 'redeem', Object.assign(new Error('down'), { code: 'ECONNRESET' }), where],
  ['message', 'redeem', new Error('read only'), where],
  ['type', 'redeem', 'down', where],
])('an error of another %s is another kind, and told at once', (_, ...other) => {
  const told: unknown[] = []
  const { add } = createErrorReports((error) => told.push(error))
  add('redeem', new Error('down'), where)
  add(...other)
  expect(told).toHaveLength(2)
})

it.each<[string, (text: string) => unknown]>([
  ['messages', (text) => new Error(text)],
  ['codes', (text) => Object.assign(new Error('down'), { code: text })],
  ['names', (text) => Object.assign(new Error('down'), { name: text })],
])('%s that all differ cannot make more than a hundred kinds in a second', (_, errorOf) => {
  const { told, add } = createReports()
  const letters = (i: number): string => String.fromCharCode(97 + (i % 26), 97 + Math.floor(i / 26))
  for (let i = 0; i < 600; i++) add('redeem', errorOf(letters(i)), where)
  expect(told.length).toBeLessThanOrEqual(101)
  vi.advanceTimersByTime(1000)
  expect(told.length).toBeLessThanOrEqual(102)
  expect(told.reduce((sum, [, leftOut]) => sum + 1 + leftOut, 0)).toBe(600)
})

it('flush tells at once what waits, and nothing twice', () => {
  const { told, add, flush } = createReports()
  for (let i = 0; i < 3; i++) add('redeem', new Error('down'), where)
  flush()
  flush()
  vi.advanceTimersByTime(5000)
  expect(told).toEqual([
    ['down', 0],
    ['down', 1],
  ])
})

it('a database that is away calls onError once a second, and emits failed for each request', async () => {
  const told: ErrorContext[] = []
  let failed = 0
  const store = faultyStore(new MemoryStore(), () => 'throw')
  const server = createTestServer({
    store,
    hooks: { onError: (_error, context) => void told.push(context) },
    events: { failed: () => void failed++ },
  })
  for (let i = 0; i < 50; i++) await server.poll('unknown')
  expect({ told: told.length, failed }).toEqual({ told: 1, failed: 50 })
  await server.deviceAuth.close().catch(() => undefined)
  expect(told.map(({ leftOut = 0 }) => leftOut)).toEqual([0, 48])
})

it('timers that are numbers, as those of workers are, do not make a failing hook an error of the platform', () => {
  vi.stubGlobal('setTimeout', () => 1)
  const { told, add } = createReports()
  add('redeem', new Error('down'), where)
  vi.unstubAllGlobals()
  expect(told).toEqual([['down', 0]])
})
