import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { faults } from '../../src/testing/index.ts'
import { codes, pending, slowDown } from '../fixtures.ts'
import { named, scene, tokensWith } from './scene.ts'

describe('a sign-in', () => {
  it('8628-3.3-1, 8628-3.3.1-2, 8628-3.3.1-3, 8628-3.3-6, 6749-5.1-6: requests codes, shows them, polls, has tokens, emits an event for each change', async () => {
    const { clock, flow, events, server } = scene({
      polls: [pending, slowDown, tokensWith({ scope: 'profile', foo: 1 })],
    })
    expect(flow.status).toBe('notAuthenticated')
    const result = await clock.until(flow.run())
    expect(result).toMatchObject({ ok: true, accessToken: 'at-secret' })
    expect(flow).toMatchObject({
      token: 'at-secret',
      refreshToken: 'rt-secret',
      grantedScope: 'profile',
      extra: { foo: 1 },
    })
    expect(flow).toMatchObject({ status: 'granted', isPolling: false, expiration: clock.now() + 3_600_000 })
    expect(named(events, 'authorizeWithUserCode')).toMatchObject([
      { userCode: codes.user_code, verificationUri: codes.verification_uri },
    ])
    expect(named(events, 'poll')).toMatchObject([
      { attempt: 1, interval: 5 },
      { attempt: 2, lastError: 'authorization_pending' },
      { attempt: 3, interval: 10, lastError: 'slow_down' },
    ])
    expect(named(events, 'pollingChanged')).toEqual([true, false])
    expect(named(events, 'statusChanged')).toEqual(['temporaryCredentialsReceived', 'granted'])
    expect(named(events, 'userCodeChanged')).toEqual([codes.user_code])
    expect(named(events, 'granted')).toHaveLength(1)
    expect(named(events, 'requestFailed')).toEqual([])
    expect(server.codes[0]?.form.get('scope')).toBe('profile')
    expect(JSON.stringify(events)).not.toMatch(/dc-secret/)
    expect(inspect(flow, { showHidden: true, depth: 5 })).not.toMatch(/secret/)
    flow.close()
    expect(clock.timers).toBe(0)
  })

  it('startPolling() returns false before grant(), true while polling, false after expiry', async () => {
    const { clock, flow, events } = scene({ polls: [pending] })
    expect(flow.startPolling()).toBe(false)
    expect(named(events, 'requestFailed')).toMatchObject([{ outcome: 'misconfigured' }])
    await flow.grant()
    expect(flow.startPolling()).toBe(true)
    expect(flow.startPolling()).toBe(true)
    flow.stopPolling()
    await clock.advance(601)
    expect(flow.startPolling()).toBe(false)
    expect(named(events, 'requestFailed')).toMatchObject([{}, { outcome: 'expired' }])
  })

  it('continues after a pause at the pace it had', async () => {
    const { clock, flow, server } = scene({ polls: [slowDown, pending] })
    await flow.grant()
    flow.startPolling()
    await clock.advance(6)
    flow.stopPolling()
    expect(flow.isPolling).toBe(false)
    await clock.advance(1)
    flow.startPolling()
    await clock.advance(20)
    expect(server.gaps[0]).toBeCloseTo(10.1)
    flow.stopPolling()
    await clock.advance(100)
    expect(server.polls).toHaveLength(3)
    expect(clock.timers).toBe(0)
  })

  it.each([
    ['requests codes', { codes: [faults.hang] }, 1],
    ['polls', { polls: [pending] }, 20],
    ['is paused', { polls: [pending] }, 0],
  ])('close() ends run() while it %s', async (_name, scripts, seconds) => {
    const { clock, flow, events } = scene(scripts)
    const result = flow.run()
    await clock.advance(seconds)
    if (seconds === 0) flow.stopPolling()
    flow.close()
    expect(await result).toMatchObject({ ok: false, outcome: 'aborted' })
    expect(named(events, 'authorizeWithUserCode')).toHaveLength(seconds === 1 ? 0 : 1)
    expect(clock.timers).toBe(0)
  })

  it('a new grant() gives up the old sign-in', async () => {
    const other = { json: { ...codes, device_code: 'dc-2', user_code: 'NEW' } }
    const { clock, flow, server, events } = scene({ codes: [{ json: codes }, other], polls: [pending] })
    await flow.grant()
    flow.startPolling()
    await clock.advance(6)
    await flow.grant()
    flow.startPolling()
    await clock.advance(6)
    expect(server.polls.map(({ form }) => form.get('device_code'))).toEqual(['dc-secret', 'dc-2'])
    expect(flow.userCode).toBe('NEW')
    expect(named(events, 'requestFailed')).toEqual([])
    flow.close()
  })

  it('reports a denial, with the error description of the server', async () => {
    const { clock, flow, events } = scene({
      polls: [
        { status: 400, json: { error: 'access_denied', error_description: 'No.', error_uri: 'https://e.example' } },
      ],
    })
    expect(await clock.until(flow.run())).toMatchObject({ outcome: 'denied', restart: false })
    expect(named(events, 'serverReportedErrorOccurred')).toEqual([
      { error: 'access_denied', description: 'No.', uri: 'https://e.example' },
    ])
    expect(flow.status).toBe('notAuthenticated')
  })

  it('can be aborted by its signal at any time, with the outcome aborted', async () => {
    for (const scripts of [
      { codes: [faults.hang] },
      { codes: [faults['500']] },
      { polls: [pending] },
      { polls: [faults.hang] },
    ]) {
      const controller = new AbortController()
      const { clock, flow } = scene(scripts, { signal: controller.signal })
      const result = flow.run()
      await clock.advance(6)
      controller.abort()
      expect(await result).toMatchObject({ outcome: 'aborted' })
      expect(clock.timers).toBe(0)
    }
  })

  it('renews expired codes as often as maxRenewals says', async () => {
    const { clock, flow, events } = scene({ polls: [pending] }, { onExpired: 'renew', maxRenewals: 2 })
    expect(await clock.until(flow.run())).toMatchObject({ outcome: 'expired' })
    expect(named(events, 'authorizeWithUserCode')).toHaveLength(3)
    expect(named(events, 'pollingChanged')).toEqual([true, false])
    expect(named(events, 'requestFailed')).toHaveLength(1)
  })

  it('8628-3.1-12, 8628-3.5-9: does not renew expired codes by default', async () => {
    const { clock, flow, server } = scene({ polls: [{ status: 400, json: { error: 'expired_token' } }] })
    expect(await clock.until(flow.run())).toMatchObject({ outcome: 'expired', restart: true })
    expect(server.codes).toHaveLength(1)
  })
})
