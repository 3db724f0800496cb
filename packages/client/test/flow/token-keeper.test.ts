import { describe, expect, it } from 'vitest'
import type { DeviceFlowOptions } from '../../src/index.ts'
import { faults, type Step, settle } from '../../src/testing/index.ts'
import { answered } from '../fixtures.ts'
import { named, type Scene, scene, tokensWith } from './scene.ts'

describe('refresh', () => {
  it.each([
    ['5 % before the end of an hour', 3600, 0, 3420],
    ['10 seconds before the end of two minutes', 120, 0, 110],
    ['by the lead time', 3600, 600, 3000],
    ['a lead time as long as the lifetime counts as 0', 600, 600, 570],
    ['not before 2 seconds for a token that lives 5 seconds', 5, 0, 2],
  ])('accessTokenAboutToExpire: %s', async (_name, expires_in, refreshLeadTime, seconds) => {
    const { clock, flow, events } = scene({ polls: [tokensWith({ expires_in })] }, { refreshLeadTime })
    await clock.until(flow.run())
    await clock.advance(seconds - 0.01)
    expect(named(events, 'accessTokenAboutToExpire')).toHaveLength(0)
    await clock.advance(0.02)
    expect(named(events, 'accessTokenAboutToExpire')).toHaveLength(1)
    expect(flow.token).toBe('at-secret')
    flow.close()
  })

  it('accessTokenAboutToExpire: at once when a new lead time asks for it', async () => {
    const { clock, flow, events } = scene({ polls: [tokensWith({ expires_in: 60 })] })
    await clock.until(flow.run())
    flow.setRefreshLeadTime(55)
    await settle()
    expect(named(events, 'accessTokenAboutToExpire')).toHaveLength(1)
    flow.setRefreshLeadTime(-1)
    expect(flow.refreshLeadTime).toBe(55)
    flow.close()
  })

  it('waits for a token that lives longer than the longest timer', async () => {
    const { clock, flow, events } = scene({ polls: [tokensWith({ expires_in: 60 * 86_400 })] })
    await clock.until(flow.run())
    await clock.advance(86_400)
    expect(named(events, 'accessTokenAboutToExpire')).toHaveLength(0)
    flow.close()
  })

  it('6749-6-3 refreshes automatically, again and again, and tries again after the network failed', async () => {
    const down = faults['connection refused']
    const { clock, flow, server, events } = scene(
      { refreshes: [down, down, { json: { access_token: 'at-2', expires_in: 3600 } }] },
      { autoRefresh: true, maxAttempts: 1 },
    )
    await clock.until(flow.run())
    await clock.advance(3600)
    expect(flow).toMatchObject({ token: 'at-2', refreshToken: 'rt-secret', status: 'granted' })
    expect(server.refreshes).toHaveLength(3)
    expect(named(events, 'requestFailed')).toMatchObject([{ outcome: 'network' }, { outcome: 'network' }])
    await clock.advance(3600)
    expect(server.refreshes).toHaveLength(4)
    flow.close()
  })

  it('refreshes once for calls at the same time, and refuses while polling and without a refresh token', async () => {
    const { clock, flow, server } = scene()
    expect(await flow.refreshTokens()).toMatchObject({ ok: false, error: 'client_error' })
    await clock.until(flow.run())
    const both = [flow.refreshTokens(), flow.refreshTokens()]
    expect(flow.status).toBe('refreshingToken')
    expect(await Promise.all(both)).toMatchObject([{ accessToken: 'at-2' }, { accessToken: 'at-2' }])
    expect(server.refreshes).toHaveLength(1)
    await flow.grant()
    expect(await flow.refreshTokens()).toMatchObject({ ok: false, error: 'client_error' })
    flow.close()
  })

  it.each([
    ['429', () => new Response('', { status: 429, headers: { 'retry-after': '600' } }), 600],
    ['503', () => new Response('', { status: 503, headers: { 'retry-after': '3600' } }), 3600],
  ])('%s: an automatic refresh is tried again when the server says', async (_name, step, seconds) => {
    const { clock, flow, server } = scene({ refreshes: [step] }, { autoRefresh: true })
    await clock.until(flow.run())
    await clock.advance(3421)
    expect(server.refreshes).toHaveLength(1)
    await clock.advance(seconds - 10)
    expect(server.refreshes).toHaveLength(1)
    await clock.advance(10)
    expect(server.refreshes).toHaveLength(2)
    flow.close()
  })

  it('keeps the status when the refresh fails', async () => {
    const { clock, flow } = scene({ refreshes: [{ status: 400, json: { error: 'invalid_grant' } }] })
    await clock.until(flow.run())
    expect(await flow.refreshTokens()).toMatchObject({ error: 'invalid_grant' })
    expect(flow).toMatchObject({ status: 'granted', token: 'at-secret' })
    flow.close()
  })
})

describe('autoRefresh during a long outage of the provider', () => {
  const { 'connection refused': down } = faults
  const back = { json: { access_token: 'at-2', expires_in: 3600 } }
  /** The steps of an outage that outlives the test. */
  const outage = Array.from({ length: 100 }, () => down)

  /** The flow after the first refresh of an outage has failed: 15 seconds with 5 attempts, from the 3420th second on. */
  async function inOutage(refreshes: readonly Step[], more: Partial<DeviceFlowOptions> = {}): Promise<Scene> {
    const made = scene({ refreshes: [...refreshes] }, { autoRefresh: true, ...more })
    await made.clock.until(made.flow.run())
    await made.clock.advance(3420 + 15.5)
    expect(made.server.refreshes).toHaveLength(5)
    return made
  }

  it('the pauses grow from one minute to five, with one attempt after each', async () => {
    const { clock, flow, server } = await inOutage(outage)
    await clock.advance(6 * 3600)
    const { at } = server.refreshes[4]!
    const times = server.refreshes.slice(5).map((each) => Math.round((each.at - at) / 1000))
    expect(times.slice(0, 5)).toEqual([60, 180, 420, 720, 1020])
    expect(times.length).toBeLessThanOrEqual(6 * 12 + 2)
    flow.close()
    expect(clock.timers).toBe(0)
  })

  it('the pauses are longer by up to a tenth, so that many devices do not come back together', async () => {
    const { clock, flow, server } = await inOutage(outage, { random: () => 0.8 })
    await clock.advance(63.5)
    expect(server.refreshes).toHaveLength(5)
    await clock.advance(2)
    expect(server.refreshes).toHaveLength(6)
    flow.close()
  })

  it('after a success the next outage begins anew, with all attempts', async () => {
    const { clock, flow, server } = await inOutage([down, down, down, down, down, down, back, ...outage])
    await clock.advance(181)
    expect(flow.token).toBe('at-2')
    expect(server.refreshes).toHaveLength(7)
    await clock.advance(3420 + 15.5)
    expect(server.refreshes).toHaveLength(12)
    await clock.advance(60)
    expect(server.refreshes).toHaveLength(13)
    flow.close()
  })

  it('refreshTokens() does not wait, and ends the outage', async () => {
    const { clock, flow, server } = await inOutage([down, down, down, down, down, down, down, back])
    await clock.advance(190)
    expect(server.refreshes).toHaveLength(7)
    expect(await flow.refreshTokens()).toMatchObject({ ok: true, accessToken: 'at-2' })
    await clock.advance(3400)
    expect(server.refreshes).toHaveLength(8)
    flow.close()
  })
})

it('9700-4.3.2 prepare() adds the token to the header of a request', async () => {
  const { clock, flow } = scene()
  await clock.until(flow.run())
  const request = await flow.prepare(new Request('https://api.example.com/me', { headers: { accept: 'text/plain' } }))
  expect(Object.fromEntries(request.headers)).toEqual({ accept: 'text/plain', authorization: 'Bearer at-secret' })
  flow.close()
})

describe('close()', () => {
  /** A refresh whose response waits for `respond()`. */
  function slowRefresh(response: () => Response): { readonly step: Step; respond(): void } {
    let respond = (): void => {}
    const step: Step = async () => {
      await new Promise<void>((resolve) => (respond = resolve))
      return response()
    }
    return { step, respond: () => respond() }
  }

  it('during a refresh: the new tokens are kept, and no timer is armed', async () => {
    const { step, respond } = slowRefresh(() => answered({ access_token: 'at-2', expires_in: 3600 }))
    const { clock, flow, server } = scene({ refreshes: [step] }, { autoRefresh: true })
    await clock.until(flow.run())
    const refreshing = flow.refreshTokens()
    await settle()
    flow.close()
    respond()
    expect(await refreshing).toMatchObject({ ok: true, accessToken: 'at-2' })
    expect(flow).toMatchObject({ token: 'at-2', status: 'granted' })
    expect(clock.timers).toBe(0)
    await clock.advance(7200)
    expect(server.refreshes).toHaveLength(1)
  })

  it('as with an abort during a refresh: the new tokens are kept, and a refresh that fails is not repeated', async () => {
    for (const [response, result, token] of [
      [() => answered({ access_token: 'at-2' }), { ok: true }, 'at-2'],
      [() => answered({}, 503), { ok: false, error: 'aborted' }, 'at-secret'],
    ] as const) {
      const controller = new AbortController()
      const { step, respond } = slowRefresh(response)
      const { clock, flow, server } = scene({ refreshes: [step] }, { signal: controller.signal })
      await clock.until(flow.run())
      const refreshing = flow.refreshTokens()
      await settle()
      controller.abort()
      respond()
      expect(await refreshing).toMatchObject(result)
      expect(flow).toMatchObject({ token, status: 'granted' })
      expect(server.refreshes).toHaveLength(1)
      flow.close()
    }
  })

  it('during an automatic refresh that fails: it is not tried again', async () => {
    const { step, respond } = slowRefresh(() => answered({}, 503))
    const { clock, flow, server } = scene({ refreshes: [step] }, { autoRefresh: true, maxAttempts: 1 })
    await clock.until(flow.run())
    await clock.advance(3420.01)
    flow.close()
    respond()
    await settle()
    expect(clock.timers).toBe(0)
    await clock.advance(7200)
    expect(server.refreshes).toHaveLength(1)
  })

  it('in a listener of accessTokenAboutToExpire: no refresh follows', async () => {
    const { clock, flow, server } = scene({}, { autoRefresh: true })
    await clock.until(flow.run())
    flow.on('accessTokenAboutToExpire', () => flow.close())
    await clock.advance(7200)
    expect(server.refreshes).toHaveLength(0)
    expect(clock.timers).toBe(0)
  })

  it('ends until the next sign-in, whose tokens are refreshed again', async () => {
    const { clock, flow, server } = scene({}, { autoRefresh: true })
    await clock.until(flow.run())
    flow.close()
    await clock.until(flow.run())
    await clock.advance(3600)
    expect(server.refreshes).toHaveLength(1)
    flow.close()
    expect(clock.timers).toBe(0)
  })
})
