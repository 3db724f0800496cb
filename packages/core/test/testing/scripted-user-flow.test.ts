import { describe, expect, test } from 'vitest'
import type { DeviceAuth } from '../../src/contract/device-auth.ts'
import type { OAuthResponse } from '../../src/http.ts'
import { DEVICE_CODE_GRANT_TYPE, type DeviceAuthorizationResponse, deviceClient } from '../../src/protocol.ts'
import { createDeviceAuth } from '../../src/server/create-device-auth.ts'
import { testClock } from '../../src/testing/clock.ts'
import { scriptedUser } from '../../src/testing/scripted-user.ts'

async function post(deviceAuth: DeviceAuth, path: string, form: Record<string, string>): Promise<OAuthResponse> {
  const headers = { 'content-type': 'application/x-www-form-urlencoded' }
  const endpoint = deviceAuth.route('POST', path)
  if (endpoint === undefined) throw new Error(`no endpoint at ${path}`)
  const content = new URLSearchParams({ client_id: 'tv', ...form })
  return endpoint({
    method: 'POST',
    path,
    query: new URLSearchParams(),
    headers,
    form: content,
    ip: '192.0.2.2',
    native: {},
  })
}

async function begin(): Promise<{
  readonly deviceAuth: DeviceAuth
  readonly clock: ReturnType<typeof testClock>
  readonly codes: DeviceAuthorizationResponse
  poll(): Promise<{ readonly error?: string; readonly access_token?: string }>
}> {
  const clock = testClock()
  const clients = [deviceClient({ client_id: 'tv', client_name: 'Living-room TV', scope: 'profile' })]
  const deviceAuth = createDeviceAuth({
    issuer: 'https://example.com/oauth',
    clients,
    clock,
    pages: { approvalDelay: 0 },
  })
  const codes = JSON.parse((await post(deviceAuth, '/device_authorization', {})).body)
  const poll = async () =>
    JSON.parse(
      (await post(deviceAuth, '/token', { grant_type: DEVICE_CODE_GRANT_TYPE, device_code: codes.device_code })).body,
    )
  return { deviceAuth, clock, codes, poll }
}

describe('scriptedUser on the built-in page', () => {
  test('approves: the device gets tokens for this user', async () => {
    const { deviceAuth, codes, poll } = await begin()
    expect((await poll()).error).toBe('authorization_pending')
    await scriptedUser(deviceAuth, { id: 'alice' }).approve(codes.user_code)
    const { access_token: accessToken = '' } = await poll()
    expect(await deviceAuth.authenticate(accessToken)).toMatchObject({ subject: 'alice', clientId: 'tv' })
  })

  test('denies: the device gets access_denied', async () => {
    const { deviceAuth, codes, poll } = await begin()
    await scriptedUser(deviceAuth, { id: 'alice' }).deny(codes.user_code.toLowerCase())
    expect((await poll()).error).toBe('access_denied')
  })

  test('opens verification_uri_complete, which decides nothing by itself', async () => {
    const { deviceAuth, codes, poll } = await begin()
    const confirm = await scriptedUser(deviceAuth, { id: 'alice' }).openComplete(codes.verification_uri_complete ?? '')
    expect(confirm.text).toContain(codes.user_code)
    expect(confirm.text).toContain('Living-room TV')
    expect((await poll()).error).toBe('authorization_pending')
    await confirm.approve()
    expect((await poll()).access_token).toMatch(/\S/)
  })

  test('rejects with the text of the page for an expired code', async () => {
    const { deviceAuth, clock, codes } = await begin()
    clock.advance(codes.expires_in)
    const approval = scriptedUser(deviceAuth, { id: 'alice' }).approve(codes.user_code)
    await expect(approval).rejects.toThrow(/but the page \(status 200\) says: \S/)
  })

  test('rejects with the text of the page for a second decision', async () => {
    const { deviceAuth, codes, poll } = await begin()
    const confirm = await scriptedUser(deviceAuth, { id: 'alice' }).openComplete(codes.verification_uri_complete ?? '')
    await confirm.deny()
    await expect(confirm.approve()).rejects.toThrow(
      /Expected a page with status 200 and no further question after the button "approve", but the page \(status 4\d\d\)/,
    )
    expect((await poll()).error).toBe('access_denied')
  })
})
