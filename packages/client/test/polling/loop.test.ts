import { describe, expect, it } from 'vitest'
import type { PollReport } from '../../src/index.ts'
import { faults, type Step, settle } from '../../src/testing/index.ts'
import { pending, slowDown, tokens } from '../fixtures.ts'
import { start } from './run.ts'

describe('pollUntilDone', () => {
  it('reports each poll', async () => {
    const reports: PollReport[] = []
    const run = start([slowDown, tokens], {}, { onPoll: (report) => reports.push(report) })
    await run.clock.until(run.result)
    expect(reports).toMatchObject([
      { attempt: 1, interval: 5 },
      { attempt: 2, interval: 10, lastError: 'slow_down' },
    ])
  })

  it('gives up after maxNetworkFailures failures in a row', async () => {
    const run = start([faults['500'], pending, faults['500']], {}, { maxNetworkFailures: 2 })
    expect(await run.clock.until(run.result)).toMatchObject({ outcome: 'network', error: 'server_unavailable' })
    expect(run.server.sent).toHaveLength(5)
  })

  it('ends with the outcome timeout after timeLimit, in a wait and in a request', async () => {
    for (const step of [pending, faults.hang]) {
      const run = start([step], {}, { timeLimit: 7 })
      expect(await run.clock.until(run.result)).toMatchObject({ outcome: 'timeout' })
      expect(run.clock.now() - run.startedAt).toBe(7000)
      expect(run.clock.timers).toBe(0)
    }
  })

  it('ends at once when the server asks to wait longer than the timeLimit', async () => {
    const busy: Step = () => new Response('', { status: 429, headers: { 'retry-after': '3600' } })
    const run = start([busy], {}, { timeLimit: 60 })
    expect(await run.clock.until(run.result)).toMatchObject({
      outcome: 'network',
      error: 'slow_down',
      retryAfter: 3600,
    })
    expect(run.clock.now() - run.startedAt).toBe(5100)
  })

  it('the timeLimit is not measured by a clock that is set', async () => {
    const run = start([pending], {}, { timeLimit: 60 })
    await run.clock.advance(6)
    run.clock.setBy(-3600)
    await run.clock.advance(10)
    run.clock.setBy(7200)
    await run.clock.advance(10)
    expect(run.server.sent.length).toBeGreaterThan(3)
    expect(await run.clock.until(run.result, 34.1)).toMatchObject({ outcome: 'timeout', error: 'time_limit' })
  })

  it.each(['before', 'while waiting', 'in a request', 'in a body', 'while signing'])(
    'is aborted at once: %s',
    async (where) => {
      const controller = new AbortController()
      if (where === 'before') controller.abort()
      const step = { 'in a request': faults.hang, 'in a body': faults['hang in the body'] }[where] ?? pending
      const forever = (): Promise<void> => new Promise(() => {})
      const more = where === 'while signing' ? { authentication: forever } : {}
      const run = start([step], more, { signal: controller.signal })
      await run.clock.advance(where === 'while waiting' ? 2 : 6)
      controller.abort()
      // the clock stands still, and a turn of the event loop is enough
      const late = settle().then(() => 'still going on')
      expect(await Promise.race([run.result, late])).toMatchObject({ outcome: 'aborted' })
      expect(run.clock.timers).toBe(0)
    },
  )
})
