// Each fault at each stage of a sign-in, before and after the server has done its work: the sign-in completes wherever it can.
import { describe, expect, it } from 'vitest'
import { DeviceFlow } from '../src/index.ts'
import {
  afterWork,
  FakeClock,
  faults,
  ScriptedServer,
  type ScriptedServerOptions,
  type Step,
  standard,
  work,
} from '../src/testing/index.ts'
import { endpoints } from './fixtures.ts'

function json(status: number, body: object, headers: Readonly<Record<string, string>> = {}): Step {
  return () => Response.json(body, { status, headers })
}

/** The faults of `testing/`, and those of gateways and rate limiters that answer in JSON. */
const all: Readonly<Record<string, Step>> = {
  ...faults,
  '429 of a rate limiter in JSON': json(429, { error: 'Too Many Requests' }, { 'retry-after': '17, 17' }),
  '429 with a name of its own': json(429, { error: 'too_many_requests' }),
  '403 of a rate limiter': json(403, { error: 'rate_limit_exceeded' }),
  '404 of a framework in JSON': json(404, { statusCode: 404, error: 'Not Found' }),
  '407 of a proxy in JSON': json(407, { error: 'Proxy Authentication Required' }),
  '408 of a gateway in JSON': json(408, { error: 'Request Timeout' }),
}

/** By stage: the seconds until approval, the script that has the fault, and the number of responses before the fault. */
const stages = {
  codes: { approvesAfter: 60, script: 'codes', before: 0 },
  'first poll': { approvesAfter: 60, script: 'polls', before: 0 },
  'middle poll': { approvesAfter: 60, script: 'polls', before: 3 },
  // at 61.2 s
  success: { approvesAfter: 60, script: 'polls', before: 11 },
  // at 599 s
  'last poll': { approvesAfter: 595, script: 'polls', before: 116 },
  refresh: { approvesAfter: 60, script: 'refreshes', before: 0 },
} as const
type Stage = keyof typeof stages

async function signIn(stage: Stage, fault: Step, times: number) {
  const clock = new FakeClock()
  const { approvesAfter, script, before } = stages[stage]
  const end = times === Infinity ? [fault] : [...Array<Step>(times).fill(fault), work]
  const scripts: ScriptedServerOptions = { [script]: [...Array<Step>(before).fill(work), ...end] }
  // sends a lost success again, as our own server does, and accepts polls in the last second
  const behavior = { ...standard, neverExpires: true }
  const server = new ScriptedServer({ clock, behavior, approvesAfter, replays: true, ...scripts })
  const flow = new DeviceFlow({ ...endpoints, clientId: 'tv', clock, fetch: server.fetch, random: () => 0.99 })
  const result = await clock.until(flow.run())
  const refresh = result.ok ? await clock.until(flow.refreshTokens()) : undefined
  flow.close()
  return { result, refresh, server, timers: clock.timers }
}

describe.each(Object.keys(stages) as Stage[])('a fault at the stage "%s"', (stage) => {
  // the last poll fails only once, because there is no time for more
  const counts = stage === 'last poll' ? [1] : [1, 3]
  it.each(
    Object.entries(all).flatMap(([name, fault]) =>
      (['before', 'after'] as const).flatMap((when) =>
        counts.map((times) => [name, when, times, when === 'before' ? fault : afterWork(fault)] as const),
      ),
    ),
  )('%s, %s the work, %d times: the sign-in completes', async (_name, _when, times, step) => {
    const { result, refresh, server, timers } = await signIn(stage, step, times)
    expect(result).toMatchObject({ ok: true, tokenType: 'Bearer' })
    expect(refresh).toMatchObject({ ok: true, tokenType: 'Bearer' })
    expect(Math.min(...server.gaps)).toBeGreaterThanOrEqual(5)
    const { script, before } = stages[stage]
    expect(server[script].length).toBeGreaterThan(before + times)
    expect(timers).toBe(0)
  })
})

describe('a fault that stays', () => {
  it.each(Object.entries(all))(
    '%s: at the codes the sign-in ends after some attempts, in the polls when the codes expire',
    async (_name, fault) => {
      expect((await signIn('codes', fault, Infinity)).result).toMatchObject({ ok: false, outcome: 'network' })
      const polls = await signIn('success', fault, Infinity)
      // slow_down is an OAuth response, so the outcome is expired and not network
      expect(['network', 'expired']).toContain(polls.result.ok || polls.result.outcome)
      expect(polls.timers).toBe(0)
    },
  )
})
