import { describe, expect, it } from 'vitest'
import { DeviceFlow, type FlowSnapshot } from '../../src/index.ts'
import { codes, scripted, slowDown } from '../fixtures.ts'
import { scene } from './scene.ts'

describe('a flow that is resumed from a snapshot', () => {
  it('has the code, the PKCE verifier, the pace and the expiry', async () => {
    const first = scene({ polls: [slowDown] }, { pkce: true })
    await first.flow.grant()
    first.flow.startPolling()
    await first.clock.advance(6)
    first.flow.stopPolling()
    const text = JSON.stringify(first.flow)

    const server = scripted(first.clock, {})
    const flow = DeviceFlow.resume(JSON.parse(text) as FlowSnapshot, { fetch: server.fetch, clock: first.clock })
    expect(flow).toMatchObject({ userCode: codes.user_code, status: 'temporaryCredentialsReceived' })
    flow.startPolling()
    expect(await first.clock.until(flow.finished())).toMatchObject({ ok: true })
    const [poll] = server.polls
    expect((poll?.at ?? 0) - (first.server.polls[0]?.at ?? 0)).toBe(10_100)
    expect(poll?.form.get('device_code')).toBe('dc-secret')
    expect(poll?.form.get('code_verifier')).toMatch(/^[\w-]{43}$/)
    expect(first.server.codes[0]?.form.get('code_challenge')).toMatch(/^[\w-]{43}$/)
    flow.close()
  })

  it('has the tokens, and refreshes them', async () => {
    const first = scene()
    await first.clock.until(first.flow.run())
    first.flow.close()
    const server = scripted(first.clock, {})
    const snapshot = JSON.parse(JSON.stringify(first.flow)) as FlowSnapshot
    const flow = DeviceFlow.resume(snapshot, { fetch: server.fetch, clock: first.clock, autoRefresh: true })
    expect(flow).toMatchObject({ token: 'at-secret', status: 'granted' })
    await first.clock.advance(3600)
    expect(flow.token).toBe('at-2')
    flow.close()
  })
})
