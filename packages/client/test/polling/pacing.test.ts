import { describe, expect, it } from 'vitest'
import { faults, type Step } from '../../src/testing/index.ts'
import { answered, pending, slowDown, tokens } from '../fixtures.ts'
import { pollTimes, start } from './run.ts'

describe('pacing', () => {
  it('8628-3.5-6 polls first after one interval, then one interval after each response', async () => {
    const late: Step = async () => {
      run.clock.sleep(3)
      return answered({ error: 'authorization_pending' }, 400)
    }
    const run = start([late, pending, tokens])
    expect(await run.clock.until(run.result)).toMatchObject({ ok: true, accessToken: 'at-secret' })
    expect(pollTimes(run)).toEqual([5.1, 13.2, 18.3])
  })

  it('8628-3.5-5 polls for ten minutes at interval 5: no poll is early, none doubled, and the last comes just before expiry', async () => {
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

  it('8628-3.5-12 backs off exponentially from the interval up to a minute, then returns to the interval', async () => {
    const down = faults['connection refused']
    const run = start([down, down, down, down, down, pending, tokens])
    await run.clock.until(run.result)
    expect(run.server.gaps).toEqual([10.1, 20.1, 40.1, 60.1, 60.1, 5.1])
  })

  it('waits as long as Retry-After says, but not beyond the last poll', async () => {
    const busy: Step = () => new Response('', { status: 503, headers: { 'retry-after': '999999999999' } })
    const run = start([faults['503 with Retry-After'], busy, tokens])
    expect(await run.clock.until(run.result)).toMatchObject({ ok: true })
    expect(pollTimes(run)).toEqual([5.1, 25.2, 599])
  })

  it('notices that the laptop slept past expiry, and polls once more', async () => {
    const run = start([pending])
    await run.clock.advance(60)
    const before = run.server.sent.length
    run.clock.sleep(3600)
    expect(await run.clock.until(run.result, 30)).toMatchObject({ outcome: 'expired' })
    expect(run.server.sent.length).toBe(before + 1)
  })

  it('counts the time asleep as waited; a clock that is set back does not make the wait longer', async () => {
    const slept = start([tokens], { interval: 100 })
    await slept.clock.advance(1)
    slept.clock.sleep(90)
    expect(await slept.clock.until(slept.result, 40)).toMatchObject({ ok: true })
    const setBack = start([tokens])
    await setBack.clock.advance(1)
    setBack.clock.setBy(-3600)
    expect(await setBack.clock.until(setBack.result, 5)).toMatchObject({ ok: true })
  })

  describe('when the clock is set forward', () => {
    it.each([3600, 86_400 * 365 * 50])(
      'by %d s in a wait: the polls keep their pace, and the codes their lifetime',
      async (seconds) => {
        const run = start([pending, pending, tokens])
        await run.clock.advance(6)
        run.clock.setBy(seconds)
        expect(await run.clock.until(run.result, 30)).toMatchObject({ ok: true })
        expect(run.server.gaps.map((gap) => Math.round((gap % seconds) * 10) / 10)).toEqual([5.1, 5.1])
      },
    )

    it('during a poll: the server decides, not the clock', async () => {
      const set: Step = async () => {
        run.clock.setBy(3600)
        return answered({ error: 'authorization_pending' }, 400)
      }
      const run = start([set, pending, tokens])
      expect(await run.clock.until(run.result, 3630)).toMatchObject({ ok: true })
    })

    it('the tokens expire by the clock that is right now', async () => {
      const run = start([tokens])
      await run.clock.advance(1)
      run.clock.setBy(86_400)
      const result = await run.clock.until(run.result, 30)
      expect(result.ok && result.expiresAt).toBe(run.clock.now() + 3_600_000)
    })

    it('the codes still end after their lifetime, if the server never says so', async () => {
      const run = start([pending])
      await run.clock.advance(6)
      run.clock.setBy(86_400)
      expect(await run.clock.until(run.result, 600)).toMatchObject({ outcome: 'expired' })
    })
  })

  it('codes that look expired before the first poll: the server is asked once', async () => {
    const expired = start([{ status: 400, json: { error: 'expired_token' } }], { expiresAt: 0 })
    expect(await expired.clock.until(expired.result, 10)).toMatchObject({ outcome: 'expired', status: 400 })
    expect(expired.server.sent).toHaveLength(1)
    // the server knows them still: the clock was wrong
    const known = start([pending, pending, tokens], { expiresAt: 0 })
    expect(await known.clock.until(known.result, 30)).toMatchObject({ ok: true })
    const forever = start([pending], { expiresAt: 0 })
    expect(await forever.clock.until(forever.result, 700)).toMatchObject({ outcome: 'expired' })
  })

  it('a machine that slept past expiry during a poll asks once more', async () => {
    const asleep: Step = async () => {
      run.clock.sleep(3600)
      return answered({ error: 'authorization_pending' }, 400)
    }
    const run = start([asleep, tokens])
    expect(await run.clock.until(run.result, 3660)).toMatchObject({ ok: true })
  })

  it('waits for codes that live longer than the longest timer', async () => {
    const run = start([pending, tokens], { interval: 3000, expiresAt: Date.UTC(2026, 0, 1) + 40 * 86_400_000 })
    expect(await run.clock.until(run.result)).toMatchObject({ ok: true })
    expect(pollTimes(run)).toEqual([3000.1, 6000.2])
  })
  it('polls once past expiry when the last poll got no response', async () => {
    const run = start([faults.hang, tokens], { expiresAt: Date.UTC(2026, 0, 1) + 8000 })
    expect(await run.clock.until(run.result)).toMatchObject({ ok: true })
    const lost = start([faults.hang], { expiresAt: Date.UTC(2026, 0, 1) + 8000 })
    expect(await lost.clock.until(lost.result)).toMatchObject({ outcome: 'network' })
    expect(lost.server.sent).toHaveLength(2)
  })
})
