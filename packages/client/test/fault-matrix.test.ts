// Each fault at each stage, before the server did its work and after it: the sign-in completes wherever the server can go on.
import { describe, expect, it } from 'vitest'
import { DeviceFlow, type Fetch, type SignInResult } from '../src/index.ts'
import { FakeClock } from './fake-clock.ts'
import { answered, codes, faults, issuer, type Sent, type Step } from './scripted-server.ts'

type Stage = 'codes' | 'first poll' | 'middle poll' | 'success' | 'last poll' | 'refresh'
const stages: readonly Stage[] = ['codes', 'first poll', 'middle poll', 'success', 'last poll', 'refresh']

/** Issues, keeps pending, approves at a time; gives a lost success and a lost rotation again, as ours does. */
class Server {
  readonly clock: FakeClock
  readonly polls: number[] = []
  approvedAt = Infinity
  #issued = 0

  constructor(clock: FakeClock) {
    this.clock = clock
  }

  answer(url: string, form: URLSearchParams): Response {
    if (url.endsWith('/device_authorization')) return answered({ ...codes, device_code: `dc-${++this.#issued}` })
    if (form.get('grant_type') === 'refresh_token') return answered({ access_token: 'at-2', expires_in: 3600 })
    this.polls.push(this.clock.now())
    if (form.get('device_code') !== `dc-${this.#issued}`) return answered({ error: 'invalid_grant' }, 400)
    if (this.clock.now() < this.approvedAt) return answered({ error: 'authorization_pending' }, 400)
    return answered({ access_token: 'at-1', expires_in: 3600, refresh_token: 'rt-1' })
  }
}

/** Puts the fault in place of the answer of one stage; `after` the server did what it was asked for. */
function faulty(server: Server, stage: Stage, fault: Step, when: 'before' | 'after', times: number): Fetch {
  let left = times
  let polls = 0
  const stageOf = (url: string, form: URLSearchParams): readonly Stage[] => {
    if (url.endsWith('/device_authorization')) return ['codes']
    if (form.get('grant_type') === 'refresh_token') return ['refresh']
    polls += 1
    const { clock, approvedAt } = server
    if (clock.now() >= approvedAt) return ['success', 'last poll']
    return polls === 1 ? ['first poll'] : ['middle poll']
  }
  return async (url, init) => {
    const form = new URLSearchParams(String(init.body))
    if (!stageOf(url, form).includes(stage) || left === 0) return server.answer(url, form)
    left -= 1
    if (when === 'after') server.answer(url, form)
    const sent: Sent = { at: server.clock.now(), url, form, headers: new Headers(), body: '' }
    return typeof fault === 'function' ? fault(sent) : answered(fault.json, fault.status)
  }
}

async function signIn(stage: Stage, fault: Step, when: 'before' | 'after', times: number) {
  const clock = new FakeClock()
  const server = new Server(clock)
  const startedAt = clock.now()
  // between the last regular poll but one and the end, or on the way
  server.approvedAt = startedAt + (stage === 'last poll' ? 595 : 60) * 1000
  const flow = new DeviceFlow({
    deviceAuthorizationEndpoint: `${issuer}/device_authorization`,
    tokenEndpoint: `${issuer}/token`,
    clientId: 'tv',
    clock,
    fetch: faulty(server, stage, fault, when, times),
    random: () => 0.99,
  })
  const result: SignInResult = await clock.until(flow.run())
  const refresh = result.ok ? await clock.until(flow.refreshTokens()) : undefined
  flow.close()
  const gaps = server.polls.slice(1).map((at, index) => at - (server.polls[index] ?? 0))
  return { result, refresh, gaps, timers: clock.timers.size }
}

describe.each(stages)('a fault at the stage "%s"', (stage) => {
  // the last one only once: there is no time for more
  const counts = stage === 'last poll' ? [1] : [1, 3]
  it.each(
    Object.entries(faults).flatMap(([name, fault]) =>
      (['before', 'after'] as const).flatMap((when) => counts.map((times) => [name, when, times, fault] as const)),
    ),
  )('%s, %s the work, %d times: the sign-in completes', async (_name, when, times, fault) => {
    const { result, refresh, gaps, timers } = await signIn(stage, fault, when, times)
    expect(result).toMatchObject({ ok: true, accessToken: 'at-1' })
    expect(refresh).toMatchObject({ ok: true, accessToken: 'at-2' })
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(5000)
    expect(timers).toBe(0)
  })
})

describe('a fault that stays', () => {
  it.each(Object.entries(faults))(
    '%s: ends, at the codes by attempts, in polls with the codes',
    async (_name, fault) => {
      expect((await signIn('codes', fault, 'before', Infinity)).result).toMatchObject({ ok: false, outcome: 'network' })
      const polls = await signIn('success', fault, 'before', Infinity)
      // 429 is an answer: the server is there, and nobody approved
      expect(['network', 'expired']).toContain(polls.result.ok || polls.result.outcome)
      expect(polls.timers).toBe(0)
    },
  )
})
