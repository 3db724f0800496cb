import { type ConformanceCase, type ConformanceContext, conformanceCase } from '../case.ts'
import { client, credentialsOf, deviceCodeGrantType, post, postAs } from '../client.ts'
import { approve, type Device, deny, poll, startDevice, tryDecision, wait } from '../device.ts'
import { check, expectError, expectInvalidClient, expectRefusal, expectTokens } from '../expect.ts'
import type { HttpResponse } from '../http.ts'
import { expectRepeatRefused } from './requests.ts'

const grant_type = deviceCodeGrantType
/** The errors for another value of a parameter, when the value itself is wrong. */
const otherValueErrors = ['invalid_client', 'invalid_grant', 'unsupported_grant_type']

/** Fails unless the token endpoint requires the secret, and a wrong secret leaves the code usable (8628-3.4-4). */
export async function expectAuthenticatedRedemption(t: ConformanceContext): Promise<void> {
  const device = await startDevice(t, client(t, 'confidentialBasic'))
  await approve(t, device)
  const { client_id } = device.client
  expectInvalidClient(await post(t, t.endpoints.token, { grant_type, device_code: device.device_code, client_id }))
  expectInvalidClient(await poll(t, device, { ...device.client, client_secret: 'wrong' }))
  expectTokens(await poll(t, device))
}

function expectSameAnswer(one: HttpResponse, other: HttpResponse): void {
  check(
    one.status === other.status && one.text === other.text,
    `the same answer as for an unknown code: ${other.text}`,
    one,
  )
}

/**
 * Starts a device and brings its code into some state. Fails if another client that polls with this code
 * gets tokens. With the profile `device-auth` the answer has to be that for an unknown code.
 */
async function expectUnknownToOthers(
  t: ConformanceContext,
  prepare: (device: Device) => Promise<unknown>,
): Promise<Device> {
  const device = await startDevice(t)
  await prepare(device)
  const other = client(t, 'otherPublic')
  const foreign = await poll(t, device, other)
  expectRefusal(foreign, 'invalid_grant')
  if (t.strict) expectSameAnswer(foreign, await poll(t, { device_code: 'conformance-unknown', client: other }))
  return device
}

const otherClientCases: readonly ConformanceCase[] = [
  conformanceCase('8628-3.4-5', 'MUST', 'a pending code is no code for another client', ['otherPublic'], async (t) => {
    const device = await expectUnknownToOthers(t, async () => {})
    if (t.strict) expectError(await poll(t, device), 'authorization_pending')
  }),
  conformanceCase(
    '8628-3.4-5',
    'MUST',
    'an approved code is no code for another client',
    ['otherPublic'],
    async (t) => {
      const device = await expectUnknownToOthers(t, (started) => approve(t, started))
      if (t.strict) expectTokens(await poll(t, device))
    },
  ),
  conformanceCase('8628-3.4-5', 'MUST', 'a denied code is no code for another client', ['otherPublic'], async (t) => {
    const device = await expectUnknownToOthers(t, (started) => deny(t, started))
    if (t.strict) expectError(await poll(t, device), 'access_denied')
  }),
  conformanceCase(
    '8628-3.4-5',
    'MUST',
    'an expired code is no code for another client',
    ['otherPublic', 'clock'],
    async (t) => {
      const device = await expectUnknownToOthers(t, (started) => wait(t, started.expires_in + 1))
      if (t.strict) expectError(await poll(t, device), 'expired_token')
    },
  ),
]

export const rfc8628TokenCases: readonly ConformanceCase[] = [
  ...['device_code', deviceCodeGrantType.toUpperCase(), `${deviceCodeGrantType} `].map((value) =>
    conformanceCase(
      '8628-3.4-1',
      'MUST',
      `grant_type '${value}' is not accepted as the device grant`,
      [],
      async (t) => {
        const device = await startDevice(t)
        const response = await postAs(t, device.client, t.endpoints.token, {
          grant_type: value,
          device_code: device.device_code,
        })
        expectError(response, t.strict ? 'unsupported_grant_type' : ['unsupported_grant_type', 'invalid_request'])
      },
    ),
  ),
  conformanceCase('8628-3.4-1', 'MUST', 'a request without grant_type gets invalid_request', [], async (t) => {
    const device = await startDevice(t)
    expectError(
      await postAs(t, device.client, t.endpoints.token, { device_code: device.device_code }),
      'invalid_request',
    )
    expectError(await poll(t, device), 'authorization_pending')
  }),
  conformanceCase(
    '8628-3.4-2',
    'REQUIRED',
    'a request without device_code, or with an empty one, gets invalid_request',
    [],
    async (t) => {
      const who = client(t, 'public')
      expectError(await postAs(t, who, t.endpoints.token, { grant_type }), 'invalid_request')
      expectError(await postAs(t, who, t.endpoints.token, { grant_type, device_code: '' }), 'invalid_request')
    },
  ),
  conformanceCase(
    '8628-3.4-3',
    'REQUIRED',
    'a request without client_id is refused, and the code still works',
    [],
    async (t) => {
      const device = await startDevice(t)
      const response = await post(t, t.endpoints.token, { grant_type, device_code: device.device_code })
      expectError(
        response,
        t.strict ? 'invalid_request' : ['invalid_request', 'invalid_client'],
        t.strict ? 400 : [400, 401],
      )
      expectError(await poll(t, device), 'authorization_pending')
    },
  ),
  conformanceCase(
    '8628-3.4-4',
    'MUST',
    'a client with a secret gets its tokens with that secret alone',
    ['confidentialBasic'],
    expectAuthenticatedRedemption,
  ),
  ...otherClientCases,
  conformanceCase('8628-3.4-6', 'note', 'many polls do not change the request', [], async (t) => {
    const device = await startDevice(t)
    const inLifetime = Math.floor((device.expires_in - 30) / device.interval)
    const count = Math.min(inLifetime, t.target.advance === undefined ? 3 : 100)
    for (let i = 0; i < count; i++) expectError(await poll(t, device), 'authorization_pending')
    await approve(t, device)
    expectTokens(await poll(t, device))
  }),
  ...(['grant_type', 'device_code', 'client_id'] as const).map((name) =>
    conformanceCase(
      '8628-3.1-8',
      'MUST NOT',
      `${name} twice at the token endpoint is refused and redeems nothing`,
      [],
      async (t) => {
        const device = await startDevice(t)
        await approve(t, device)
        const once = { grant_type, device_code: device.device_code, ...credentialsOf(device.client).parameters }
        const value = Object.entries(once).find(([key]) => key === name)?.[1] ?? ''
        await expectRepeatRefused(t, t.endpoints.token, once, name, value)
        await expectRepeatRefused(t, t.endpoints.token, once, name, `${value}x`, [], otherValueErrors)
        expectTokens(await poll(t, device))
      },
    ),
  ),
  conformanceCase(
    '8628-3.5-7',
    'MUST',
    'a denial is final, and approving afterwards gives no tokens',
    [],
    async (t) => {
      const device = await startDevice(t)
      await deny(t, device)
      await tryDecision(t.target.approve(device.user_code))
      expectError(
        await poll(t, device),
        t.strict ? 'access_denied' : ['access_denied', 'invalid_grant', 'expired_token'],
      )
    },
  ),
]
