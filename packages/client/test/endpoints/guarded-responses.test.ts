import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import {
  DeviceAuthorizationResponse,
  DeviceTokenResponse,
  FailedResponseAccessError,
  type Fetch,
  pollDeviceToken,
  requestDeviceAuthorization,
  SuccessfulResponseAccessError,
} from '../../src/index.ts'
import { answered, codes, issuer, pollRequest } from '../fixtures.ts'

describe('a guarded response', () => {
  const fetch =
    (json: object, status = 200): Fetch =>
    async () =>
      answered(json, status)

  it('of a success: reading a field returns it, reading error throws', async () => {
    const result = await requestDeviceAuthorization({ address: issuer, clientId: 'tv' }, { fetch: fetch(codes) })
    const response = new DeviceAuthorizationResponse(result)
    expect(response).toMatchObject({
      isSuccessful: true,
      deviceCode: 'dc-secret',
      userCode: codes.user_code,
      interval: 5,
    })
    expect(response).toMatchObject({ expiresIn: 600, verificationUri: codes.verification_uri, errorCode: undefined })
    expect(response.verificationUriComplete).toBeUndefined()
    expect(() => response.error).toThrow(SuccessfulResponseAccessError)
    const token = new DeviceTokenResponse(
      await pollDeviceToken(pollRequest, { fetch: fetch({ access_token: 'at-secret' }) }),
    )
    expect(token.token.accessToken).toBe('at-secret')
    for (const one of [response, token]) {
      expect(`${inspect(one, { showHidden: true, depth: 9 })}${JSON.stringify(one)}${String(one)}`).not.toMatch(
        /secret/,
      )
    }
  })

  it('of a failure: reading error and interval returns them, reading a field throws', async () => {
    const slow = fetch({ error: 'slow_down', interval: 12 }, 400)
    const response = new DeviceTokenResponse(await pollDeviceToken(pollRequest, { fetch: slow }))
    expect(response).toMatchObject({ isSuccessful: false, error: 'slow_down', errorCode: 'slow_down', interval: 12 })
    expect(() => response.token).toThrow(FailedResponseAccessError)
    const failed = await requestDeviceAuthorization({ address: issuer, clientId: 'tv' }, { fetch: slow })
    const guarded = new DeviceAuthorizationResponse(failed)
    for (const field of ['deviceCode', 'userCode', 'verificationUri', 'expiresIn', 'interval'] as const) {
      expect(() => guarded[field]).toThrow(`${field} cannot be read: the response failed with slow_down.`)
    }
  })
})
