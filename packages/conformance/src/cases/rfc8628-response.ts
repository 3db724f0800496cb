import { type ConformanceCase, conformanceCase } from '../case.ts'
import { client, post } from '../client.ts'
import { approve, deny, poll, readDevice, requestDevice, startDevice, tryDecision, wait } from '../device.ts'
import {
  check,
  expectError,
  expectJson,
  expectJsonType,
  expectMembersOnce,
  expectNoStore,
  expectStatus,
  expectTokens,
} from '../expect.ts'
import { introspectResponse } from './introspect.ts'
import { entropyBits, startDevices } from './samples.ts'

/** The pairs that RFC 8628 section 6.1 names, and those that only the profile `device-auth` looks for. */
const confusable = { rfc: ['0O', '1I', '1L', 'IL'], strict: ['5S', '2Z', '8B'] } as const
const lettersAndDigits = (code: string): string => code.replace(/[^\p{L}\p{N}]/gu, '')

export const rfc8628ResponseCases: readonly ConformanceCase[] = [
  conformanceCase('8628-3.2-1', 'MUST', 'codes are never issued twice', [], async (t) => {
    const devices = await startDevices(t, 20)
    check(new Set(devices.map((device) => device.device_code)).size === devices.length, '20 different device codes')
    check(new Set(devices.map((device) => device.user_code)).size === devices.length, '20 different user codes')
  }),
  conformanceCase('8628-3.2-2', 'MUST', 'the response is 200 with JSON', [], async (t) => {
    const response = await requestDevice(t, client(t, 'public'))
    expectStatus(response, 200)
    expectJsonType(response)
    expectJson(response)
    if (t.strict) check(response.headers.getSetCookie().length === 0, 'no Set-Cookie', response)
  }),
  // RFC 8628 has the header only in its example; RFC 6749 demands it of answers with credentials
  conformanceCase('8628-3.2-2', 'note', 'the response is not stored by caches', [], async (t) => {
    expectNoStore((await startDevice(t)).response)
  }),
  conformanceCase(
    '8628-3.2-3',
    'REQUIRED',
    'device_code, user_code, verification_uri and expires_in have the right type',
    [],
    async (t) => {
      const who = client(t, 'public')
      const response = await requestDevice(t, who)
      const { verification_uri, expires_in } = expectJson(response)
      readDevice(response, who)
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
  conformanceCase('8628-3.2-5', 'MAY', 'verification_uri_complete, if sent, is a URL', [], async (t) => {
    const { response, verification_uri, user_code } = await startDevice(t)
    const complete = expectJson(response).verification_uri_complete
    if (complete === undefined) return
    check(typeof complete === 'string' && URL.canParse(complete), 'verification_uri_complete, a URL', response)
    if (!t.strict) return
    const { origin, searchParams } = new URL(complete)
    check(origin === new URL(verification_uri).origin, 'the origin of verification_uri', response)
    check(searchParams.get('user_code') === user_code, 'user_code in verification_uri_complete', response)
  }),
  conformanceCase('8628-3.2-6', 'REQUIRED', 'just before expires_in both codes work', ['clock'], async (t) => {
    const device = await startDevice(t)
    await wait(t, device.expires_in - 1)
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
    for (const [a = '', b = ''] of [...confusable.rfc, ...(t.strict ? confusable.strict : [])])
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
    expectMembersOnce(device.response)
    expectMembersOnce(await poll(t, device))
    expectMembersOnce(await post(t, t.endpoints.deviceAuthorization, { client_id: 'conformance-unknown' }))
    await approve(t, device)
    expectMembersOnce(await poll(t, device))
    if (t.endpoints.metadata !== undefined)
      expectMembersOnce(await t.send({ method: 'GET', url: t.endpoints.metadata }))
    if (t.endpoints.introspection === undefined || t.target.clients.resourceServer === undefined) return
    expectMembersOnce(await introspectResponse(t, 'x'))
  }),
]
