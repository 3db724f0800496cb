import { type ConformanceCase, conformanceCase } from '../case.ts'
import { client, deviceCodeGrantType, formRequest, post, postAs } from '../client.ts'
import { poll, refresh, signInWithRefreshToken, startDevice } from '../device.ts'
import { check, expectError, expectJson, expectRefusal, expectRefused } from '../expect.ts'
import type { HttpResponse } from '../http.ts'
import { parseObject } from '../json.ts'
import { enterCode, follow, visit } from '../page.ts'
import { readDecision } from '../page-forms.ts'
import { expectNotActive } from './introspect.ts'

/** Everything that must be the same in two refusals: status, body and headers, without the date and similar headers. */
function comparable(response: HttpResponse): string {
  const changing =
    /^(date|connection|keep-alive|etag|x-request-id|set-cookie|content-security-policy|x-ratelimit.*|ratelimit.*)$/
  const headers = [...response.headers]
    .filter(([name]) => !changing.test(name))
    .map(([name, value]) => `${name}: ${value}`)
  return [response.status, ...headers.sort(), response.text].join('\n')
}

const attackerHost = 'evil.example'
const forgedHeaders: readonly (readonly [name: string, value: string])[] = [
  ['Host', attackerHost],
  ['X-Forwarded-Host', attackerHost],
  ['X-Forwarded-Prefix', `/${attackerHost}`],
  ['X-Forwarded-Server', attackerHost],
  ['X-Original-URL', `https://${attackerHost}/`],
  ['Forwarded', `host=${attackerHost};proto=https`],
]

export const faultConfusionCases: readonly ConformanceCase[] = [
  conformanceCase('F-19', 'own', 'a token or a user code is not accepted as a device code', [], async (t) => {
    const device = await signInWithRefreshToken(t)
    for (const text of [device.refreshToken, device.tokens.access_token, device.user_code]) {
      expectRefusal(await poll(t, { device_code: text, client: device.client }), 'invalid_grant')
    }
  }),
  conformanceCase('F-19', 'own', 'an access token or a code is not accepted as a refresh token', [], async (t) => {
    const device = await signInWithRefreshToken(t)
    for (const text of [device.tokens.access_token, device.device_code, device.user_code]) {
      expectRefusal(await refresh(t, device.client, text), 'invalid_grant')
    }
  }),
  conformanceCase(
    'F-19',
    'own',
    'a code is not accepted as an access token',
    ['introspection', 'resourceServer'],
    async (t) => {
      const pending = await startDevice(t)
      const used = await signInWithRefreshToken(t)
      for (const device of [pending, used]) {
        await expectNotActive(t, device.device_code, 'a device code')
        await expectNotActive(t, device.user_code, 'a user code')
      }
    },
  ),
  conformanceCase(
    'F-19',
    'own',
    'a refresh token or a code is not accepted at the protected resource',
    ['protectedResource'],
    async (t) => {
      const device = await signInWithRefreshToken(t)
      for (const text of [device.refreshToken, device.device_code, device.user_code]) {
        const headers = [['Authorization', `Bearer ${text}`]] as const
        const response = await t.sendRaw({ method: 'GET', url: t.target.protectedResource?.url ?? '', headers })
        expectRefused(response)
      }
    },
  ),
  conformanceCase('F-19', 'own', 'a device code is not accepted as a user code', ['page'], async (t) => {
    const device = await startDevice(t)
    const page = await enterCode(t, device, device.device_code)
    check(readDecision(page) === undefined, 'no confirm page', page)
  }),
  conformanceCase('F-19', 'own', 'revoking a user code has no effect', ['revocation'], async (t) => {
    const device = await startDevice(t)
    await postAs(t, device.client, t.endpoints.revocation ?? '', { token: device.user_code })
    expectError(await poll(t, device), 'authorization_pending')
  }),
  conformanceCase(
    'F-36',
    'own',
    'an unknown code and the code of another client get the same answer',
    ['otherPublic'],
    async (t) => {
      const device = await startDevice(t)
      const other = client(t, 'otherPublic')
      const foreign = await poll(t, device, other)
      const unknown = await poll(t, { device_code: `${device.device_code.slice(0, -4)}AAAA`, client: other })
      const [one, two] = [foreign, unknown].map((answer) =>
        t.strict ? comparable(answer) : `${answer.status} ${String(parseObject(answer.text)?.error)}`,
      )
      check(one === two, 'the same answer as for an unknown code', foreign)
    },
  ),
  conformanceCase(
    'F-36',
    'own',
    'an unknown client and a wrong secret get the same answer',
    ['confidentialPost'],
    async (t) => {
      const { client_id } = client(t, 'confidentialPost')
      const parameters = { grant_type: deviceCodeGrantType, device_code: 'x', client_secret: 'conformance-wrong' }
      const known = await post(t, t.endpoints.token, { ...parameters, client_id })
      const unknown = await post(t, t.endpoints.token, { ...parameters, client_id: `${client_id}-unknown` })
      check(expectJson(known).error === expectJson(unknown).error, 'the same error as for an unknown client', known)
      if (t.strict)
        check(comparable(known) === comparable(unknown), 'exactly the same answer as for an unknown client', known)
    },
  ),
  ...forgedHeaders.map(([name, value]) =>
    conformanceCase('F-37', 'own', `${name} of an attacker changes no URL`, [], async (t) => {
      const who = client(t, 'public')
      const body = { client_id: who.client_id, ...(who.scope === undefined ? {} : { scope: who.scope }) }
      const response = await t.sendRaw(formRequest(t.endpoints.deviceAuthorization, body, [[name, value]]))
      const from = response.status === 200 ? `, not ${String(expectJson(response).verification_uri)}` : ''
      check(!response.text.includes(attackerHost), `only URLs of ${t.target.issuer}${from}`, response)
    }),
  ),
  conformanceCase(
    'F-37',
    'own',
    'the page redirects and posts only to its own origin, even with a forged X-Forwarded-Host',
    ['page'],
    async (t) => {
      const { verification_uri } = await startDevice(t)
      for (const viewer of ['user', 'nobody'] as const) {
        const response = await visit(
          t,
          verification_uri,
          { headers: { 'X-Forwarded-Host': attackerHost, Forwarded: `host=${attackerHost}` } },
          viewer,
        )
        check(!(response.headers.get('location') ?? '').includes(attackerHost), 'no redirect to another host', response)
        const page = await follow(t, response, viewer)
        check(!page.text.includes(attackerHost), 'a page without a URL of another host', page)
      }
    },
  ),
]
