import { type ConformanceCase, conformanceCase } from '../case.ts'
import { client, post } from '../client.ts'
import { approve, deny, poll, startDevice, tryDecision, wait } from '../device.ts'
import { check, expectError, expectJson, expectNoStore, expectTokens } from '../expect.ts'
import { entropyBits, startDevices } from './samples.ts'

const confusable = ['0O', '1I', '1L', 'IL', '5S', '2Z', '8B'] as const
const lettersAndDigits = (code: string): string => code.replace(/[^\p{L}\p{N}]/gu, '')

export const rfc8628ResponseCases: readonly ConformanceCase[] = [
  conformanceCase('8628-3.2-1', 'MUST', 'codes are never issued twice', [], async (t) => {
    const devices = await startDevices(t, 20)
    check(new Set(devices.map((device) => device.device_code)).size === devices.length, '20 different device codes')
    check(new Set(devices.map((device) => device.user_code)).size === devices.length, '20 different user codes')
  }),
  conformanceCase('8628-3.2-2', 'MUST', 'the response is 200 with JSON and is not stored by caches', [], async (t) => {
    const { response } = await startDevice(t)
    expectJson(response)
    expectNoStore(response)
    check(response.headers.getSetCookie().length === 0, 'no Set-Cookie', response)
  }),
  conformanceCase(
    '8628-3.2-3',
    'REQUIRED',
    'device_code, user_code, verification_uri and expires_in have the right type',
    [],
    async (t) => {
      const { response } = await startDevice(t)
      const { verification_uri, expires_in } = expectJson(response)
      check(
        typeof verification_uri === 'string' && URL.canParse(verification_uri),
        'verification_uri, an absolute URL',
        response,
      )
      check(typeof expires_in === 'number' && expires_in > 0, 'expires_in, a positive JSON number', response)
    },
  ),
  conformanceCase(
    '8628-3.2-4',
    'note',
    'verification_uri is short enough to type: at most 60 characters, no query, no fragment',
    [],
    async (t) => {
      const { verification_uri } = await startDevice(t)
      check(
        verification_uri.length <= 60 && !/[?#]/.test(verification_uri),
        `a short verification_uri, not ${verification_uri}`,
      )
    },
  ),
  conformanceCase(
    '8628-3.2-5',
    'MAY',
    'verification_uri_complete, if sent, is a URL of the same origin',
    [],
    async (t) => {
      const { response, verification_uri, user_code } = await startDevice(t)
      const complete = expectJson(response).verification_uri_complete
      if (complete === undefined) return
      check(typeof complete === 'string' && URL.canParse(complete), 'verification_uri_complete, a URL', response)
      check(new URL(complete).origin === new URL(verification_uri).origin, 'the origin of verification_uri', response)
      if (t.strict)
        check(
          new URL(complete).searchParams.get('user_code') === user_code,
          'user_code in verification_uri_complete',
          response,
        )
    },
  ),
  conformanceCase('8628-3.2-6', 'REQUIRED', 'just before expires_in both codes work', ['clock'], async (t) => {
    const device = await startDevice(t)
    await wait(t, device.expires_in - 1)
    expectError(await poll(t, device), 'authorization_pending')
    await approve(t, device)
    expectTokens(await poll(t, device))
  }),
  conformanceCase(
    '8628-3.2-6',
    'REQUIRED',
    'just after expires_in neither code works, and an approval gives no tokens',
    ['clock'],
    async (t) => {
      const device = await startDevice(t)
      await wait(t, device.expires_in + 1)
      await tryDecision(t.target.approve(device.user_code))
      expectError(await poll(t, device), t.strict ? 'expired_token' : ['expired_token', 'invalid_grant'])
    },
  ),
  conformanceCase('8628-3.2-7', 'MAY', 'interval, if sent, is a positive JSON number', [], async (t) => {
    const { response } = await startDevice(t)
    const { interval } = expectJson(response)
    if (t.strict || interval !== undefined)
      check(typeof interval === 'number' && interval > 0, 'interval, a positive JSON number', response)
  }),
  conformanceCase('8628-3.3-7', 'RECOMMENDED', 'verification_uri does not contain a code', [], async (t) => {
    const { verification_uri, user_code, device_code } = await startDevice(t)
    const holds =
      verification_uri.includes(device_code) || lettersAndDigits(verification_uri).includes(lettersAndDigits(user_code))
    check(!holds, 'a verification_uri without a code')
  }),
  conformanceCase(
    '8628-5.2-1',
    'SHOULD',
    'device codes have at least 128 bits by length and alphabet',
    [],
    async (t) => {
      const codes = (await startDevices(t, 20)).map((device) => device.device_code)
      const bits = entropyBits(codes)
      check(bits >= 128, `device codes of at least 128 bits, not about ${Math.floor(bits)}`)
    },
  ),
  conformanceCase(
    '8628-5.1-2',
    'SHOULD',
    'user codes have at least 26 bits, enough if guessing is limited',
    [],
    async (t) => {
      const bits = entropyBits((await startDevices(t, 20)).map((device) => lettersAndDigits(device.user_code)))
      check(bits >= 26, `user codes of at least 26 bits, not about ${Math.floor(bits)}`)
    },
  ),
  conformanceCase(
    '8628-5.4-4',
    'note',
    'codes expire after 2 to 30 minutes: long enough to use them, too short for most phishing',
    [],
    async (t) => {
      const { expires_in } = await startDevice(t)
      check(expires_in >= 120 && expires_in <= 1800, `expires_in from 120 to 1800, not ${expires_in}`)
    },
  ),
  conformanceCase('8628-6.1-4', 'RECOMMENDED', 'user codes have no two characters that look alike', [], async (t) => {
    const seen = new Set(
      (await startDevices(t, 20)).flatMap((device) => [...lettersAndDigits(device.user_code).toUpperCase()]),
    )
    for (const [a = '', b = ''] of confusable)
      check(!(seen.has(a) && seen.has(b)), `an alphabet without both ${a} and ${b}`)
  }),
  conformanceCase('8628-7-1', 'MUST', 'the registered error codes are used exactly as spelled', [], async (t) => {
    const denied = await startDevice(t)
    expectError(await poll(t, denied), 'authorization_pending')
    await deny(t, denied)
    expectError(await poll(t, denied), 'access_denied')
  }),
  conformanceCase('8628-3.1-9', 'MUST NOT', 'no response has a member twice', [], async (t) => {
    const device = await startDevice(t)
    expectJson(device.response)
    expectJson(await poll(t, device))
    expectJson(await post(t, t.endpoints.deviceAuthorization, { client_id: 'conformance-unknown' }))
    await approve(t, device)
    expectJson(await poll(t, device))
    if (t.endpoints.metadata !== undefined) expectJson(await t.send({ method: 'GET', url: t.endpoints.metadata }))
    if (t.endpoints.introspection === undefined || t.target.clients.resourceServer === undefined) return
    const { client_secret = '', client_id } = client(t, 'resourceServer')
    const answer = await post(t, t.endpoints.introspection, { token: 'x' }, [
      ['Authorization', `Basic ${btoa(`${client_id}:${client_secret}`)}`],
    ])
    if (answer.status === 200) expectJson(answer)
  }),
]
