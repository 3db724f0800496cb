import { describe, expect, it } from 'vitest'
import {
  type PollOptions,
  type PollReport,
  type PollRequest,
  pollUntilDone,
  type SignInResult,
} from '../../src/index.ts'
import { FakeClock, faults, ScriptedServer, type Step } from '../../src/testing/index.ts'
import { answered, issuer, pending, slowDown, tokens } from '../fixtures.ts'

interface Run {
  readonly clock: FakeClock
  readonly server: ScriptedServer
  readonly startedAt: number
  readonly result: Promise<SignInResult>
}

function start(steps: readonly Step[], more: Partial<PollRequest> = {}, options: PollOptions = {}): Run {
  const clock = new FakeClock()
  const server = new ScriptedServer({ clock, polls: steps })
  const startedAt = clock.now()
  const request = { address: `${issuer}/token`, clientId: 'tv', deviceCode: 'dc', interval: 5, ...more }
  const result = pollUntilDone(
    { expiresAt: startedAt + 600_000, ...request },
    { fetch: server.fetch, clock, random: () => 0, ...options },
  )
  return { clock, server, startedAt, result }
}

const pollTimes = ({ server, startedAt }: Run): number[] => server.sent.map(({ at }) => (at - startedAt) / 1000)

describe('pacing', () => {
  it('8628-3.5-6 polls first after one interval, then one interval after each answer', async () => {
    const late: Step = async () => {
      run.clock.sleep(3)
      return answered({ error: 'authorization_pending' }, 400)
    }
    const run = start([late, pending, tokens])
    expect(await run.clock.until(run.result)).toMatchObject({ ok: true, accessToken: 'at-secret' })
    expect(pollTimes(run)).toEqual([5.1, 13.2, 18.3])
  })

  it('8628-3.5-5 over ten minutes at interval 5, no poll is early, none doubled, and the last comes just before expiry', async () => {
    const run = start([pending])
    expect(await run.clock.until(run.result)).toMatchObject({ ok: false, outcome: 'expired', restart: true })
    expect(Math.min(...run.server.gaps)).toBeGreaterThanOrEqual(5)
    expect(Math.max(...run.server.gaps.slice(0, -1))).toBeLessThan(5.2)
    expect(pollTimes(run).at(-1)).toBe(599)
    expect(run.server.sent.length).toBeGreaterThan(115)
    expect(run.clock.timers).toBe(0)
  })

  it.each([
    ['five seconds more each time', [slowDown, slowDown, tokens], [5.1, 10.1, 15.1]],
    [
      'the larger interval of the server',
      [{ status: 400, json: { error: 'slow_down', interval: 30 } }, tokens],
      [5.1, 30.1],
    ],
    ['never a smaller one', [{ status: 400, json: { error: 'slow_down', interval: 1 } }, tokens], [5.1, 10.1]],
    ['for all later polls', [slowDown, pending, pending, tokens], [5.1, 10.1, 10.1, 10.1]],
    ['with status 200 as GitHub', [{ json: { error: 'slow_down', interval: 10 } }, tokens], [5.1, 10.1]],
    ['with 429 and no body', [faults['429 with Retry-After'], pending, tokens], [5.1, 17.1, 10.1]],
  ] as const)('8628-3.5-4 slow_down: %s', async (_name, steps, waits) => {
    const run = start(steps)
    expect(await run.clock.until(run.result)).toMatchObject({ ok: true })
    expect([pollTimes(run)[0], ...run.server.gaps]).toEqual(waits)
  })

  it.each([
    [0, 5],
    [-3, 5],
    [Number.NaN, 5],
    [0.001, 1],
    [1e12, 599],
  ])('8628-3.2-7 an interval of %d waits %d seconds', async (interval, seconds) => {
    const run = start([tokens], { interval: Number.isNaN(interval) ? 0 : interval })
    await run.clock.until(run.result)
    expect(Math.floor(pollTimes(run)[0] ?? 0)).toBe(seconds)
  })

  it('8628-3.5-12 backs off exponentially from the interval up to a minute, and returns to it', async () => {
    const down = faults['connection refused']
    const run = start([down, down, down, down, down, pending, tokens])
    await run.clock.until(run.result)
    expect(run.server.gaps).toEqual([10.1, 20.1, 40.1, 60.1, 60.1, 5.1])
  })

  it('waits as long as Retry-After says, though not beyond the last poll', async () => {
    const busy: Step = () => new Response('', { status: 503, headers: { 'retry-after': '999999999999' } })
    const run = start([faults['503 with Retry-After'], busy, tokens])
    expect(await run.clock.until(run.result)).toMatchObject({ ok: true })
    expect(pollTimes(run)).toEqual([5.1, 25.2, 599])
  })

  it('notices that the laptop slept, and asks once what came of it', async () => {
    const run = start([pending])
    await run.clock.advance(60)
    const before = run.server.sent.length
    run.clock.sleep(3600)
    expect(await run.clock.until(run.result, 30)).toMatchObject({ outcome: 'expired' })
    expect(run.server.sent.length).toBe(before + 1)
  })

  it('counts the time asleep to the wait, and a clock that is set back does not prolong it', async () => {
    const slept = start([tokens], { interval: 100 })
    await slept.clock.advance(1)
    slept.clock.sleep(90)
    expect(await slept.clock.until(slept.result, 40)).toMatchObject({ ok: true })
    const setBack = start([tokens])
    await setBack.clock.advance(1)
    setBack.clock.setBy(-3600)
    expect(await setBack.clock.until(setBack.result, 5)).toMatchObject({ ok: true })
  })

  it('waits for codes that live longer than a timer can', async () => {
    const run = start([pending, tokens], { interval: 3000, expiresAt: Date.UTC(2026, 0, 1) + 40 * 86_400_000 })
    expect(await run.clock.until(run.result)).toMatchObject({ ok: true })
    expect(pollTimes(run)).toEqual([3000.1, 6000.2])
  })

  it('reports what it does', async () => {
    const reports: PollReport[] = []
    const run = start([slowDown, tokens], {}, { onPoll: (report) => reports.push(report) })
    await run.clock.until(run.result)
    expect(reports).toMatchObject([
      { attempt: 1, interval: 5 },
      { attempt: 2, interval: 10, lastError: 'slow_down' },
    ])
  })
})

describe('outcomes', () => {
  const oauth = (error: string): Step => ({ status: 400, json: { error, error_description: 'no\u001b[31m way' } })
  it.each([
    ['access_denied', 'denied'],
    ['expired_token', 'expired'],
    ['invalid_grant', 'rejected'],
    ['invalid_client', 'misconfigured'],
    ['unauthorized_client', 'misconfigured'],
    ['something_else', 'rejected'],
    ['server_error', 'rejected'],
  ])('8628-3.5-10 after %s no poll follows: %s', async (error, outcome) => {
    const run = start([pending, oauth(error)])
    expect(await run.clock.until(run.result)).toMatchObject({
      ok: false,
      error,
      outcome,
      errorDescription: 'no[31m way',
    })
    expect(run.server.sent).toHaveLength(2)
  })

  it('tells tokens that were lost from a code that was refused', async () => {
    const run = start([pending, faults['body breaks off'], oauth('invalid_grant')])
    expect(await run.clock.until(run.result)).toMatchObject({ outcome: 'lost', restart: true })
  })

  it('the network is to blame when nothing was heard at the end', async () => {
    const run = start([pending, faults.hang])
    expect(await run.clock.until(run.result)).toMatchObject({ outcome: 'network', error: 'timeout' })
  })

  it('gives up after as many failures in a row as are allowed', async () => {
    const run = start([faults['500'], pending, faults['500']], {}, { maxNetworkFailures: 2 })
    expect(await run.clock.until(run.result)).toMatchObject({ outcome: 'network', error: 'server_unavailable' })
    expect(run.server.sent).toHaveLength(5)
  })

  it("the caller's time limit is an outcome of its own, in a wait and in a request", async () => {
    for (const step of [pending, faults.hang]) {
      const run = start([step], {}, { timeLimit: 7 })
      expect(await run.clock.until(run.result)).toMatchObject({ outcome: 'timeout' })
      expect(run.clock.now() - run.startedAt).toBe(7000)
      expect(run.clock.timers).toBe(0)
    }
  })

  it('asks again past expiry when the last poll got no answer, once', async () => {
    const run = start([faults.hang, tokens], { expiresAt: Date.UTC(2026, 0, 1) + 8000 })
    expect(await run.clock.until(run.result)).toMatchObject({ ok: true })
    const lost = start([faults.hang], { expiresAt: Date.UTC(2026, 0, 1) + 8000 })
    expect(await lost.clock.until(lost.result)).toMatchObject({ outcome: 'network' })
    expect(lost.server.sent).toHaveLength(2)
  })

  it.each(['before', 'while waiting', 'in a request', 'in a body', 'while signing'])(
    'aborts at once: %s',
    async (where) => {
      const controller = new AbortController()
      if (where === 'before') controller.abort()
      const step = { 'in a request': faults.hang, 'in a body': faults['hang in the body'] }[where] ?? pending
      const forever = (): Promise<void> => new Promise(() => {})
      const more = where === 'while signing' ? { authentication: forever } : {}
      const run = start([step], more, { signal: controller.signal })
      await run.clock.advance(where === 'while waiting' ? 2 : 6)
      const began = performance.now()
      controller.abort()
      expect(await run.result).toMatchObject({ outcome: 'aborted' })
      expect(performance.now() - began).toBeLessThan(50)
      expect(run.clock.timers).toBe(0)
    },
  )
})
