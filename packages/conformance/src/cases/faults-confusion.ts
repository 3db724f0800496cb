import { type ConformanceCase, conformanceCase } from '../case.ts'
import { client, deviceCodeGrantType, formRequest, post, postAs } from '../client.ts'
import { poll, refresh, signInForLong, startDevice } from '../device.ts'
import { check, expectError, expectJson, expectRefused } from '../expect.ts'
import type { HttpResponse } from '../http.ts'
import { enterCode, follow, visit } from '../page.ts'
import { readDecision } from '../page-forms.ts'
import { expectInactive } from './introspect.ts'

/** What may not differ between two refusals: status, body and headers, but for the date and such. */
function shape(response: HttpResponse): string {
  const changing =
    /^(date|connection|keep-alive|etag|x-request-id|set-cookie|content-security-policy|x-ratelimit.*|ratelimit.*)$/
  const headers = [...response.headers]
    .filter(([name]) => !changing.test(name))
    .map(([name, value]) => `${name}: ${value}`)
  return [response.status, ...headers.sort(), response.text].join('\n')
}

const evil = 'evil.example'
const poisoned: readonly (readonly [name: string, value: string])[] = [
  ['Host', evil],
  ['X-Forwarded-Host', evil],
  ['X-Forwarded-Prefix', `/${evil}`],
  ['X-Forwarded-Server', evil],
  ['X-Original-URL', `https://${evil}/`],
  ['Forwarded', `host=${evil};proto=https`],
]

export const faultConfusionCases: readonly ConformanceCase[] = [
  conformanceCase('F-19', 'own', 'as a device code: no token and no user code', [], async (t) => {
    const device = await signInForLong(t)
    for (const text of [device.refreshToken, device.tokens.access_token, device.user_code]) {
      expectError(await poll(t, { device_code: text, client: device.client }), 'invalid_grant')
    }
  }),
  conformanceCase('F-19', 'own', 'as a refresh token: no access token and no code', [], async (t) => {
    const device = await signInForLong(t)
    for (const text of [device.tokens.access_token, device.device_code, device.user_code]) {
      expectError(await refresh(t, device.client, text), 'invalid_grant')
    }
  }),
  conformanceCase('F-19', 'own', 'as an access token: no code', ['introspection', 'resourceServer'], async (t) => {
    const pending = await startDevice(t)
    const used = await signInForLong(t)
    for (const device of [pending, used]) {
      await expectInactive(t, device.device_code, 'a device code')
      await expectInactive(t, device.user_code, 'a user code')
    }
  }),
  conformanceCase(
    'F-19',
    'own',
    'at the protected resource: no refresh token and no code',
    ['protectedResource'],
    async (t) => {
      const device = await signInForLong(t)
      for (const text of [device.refreshToken, device.device_code, device.user_code]) {
        const headers = [['Authorization', `Bearer ${text}`]] as const
        const response = await t.sendRaw({ method: 'GET', url: t.target.protectedResource?.url ?? '', headers })
        expectRefused(response)
      }
    },
  ),
  conformanceCase('F-19', 'own', 'as a user code: no device code and no token', ['page'], async (t) => {
    const device = await startDevice(t)
    const page = await enterCode(t, device, device.device_code)
    check(readDecision(page) === undefined, 'no confirm page', page)
  }),
  conformanceCase('F-19', 'own', 'revoking a user code ends nothing', ['revocation'], async (t) => {
    const device = await startDevice(t)
    await postAs(t, device.client, t.endpoints.revocation ?? '', { token: device.user_code })
    expectError(await poll(t, device), 'authorization_pending')
  }),
  conformanceCase(
    'F-36',
    'own',
    "an unknown code and another client's are refused alike to the byte",
    ['otherPublic'],
    async (t) => {
      const device = await startDevice(t)
      const other = client(t, 'otherPublic')
      const foreign = await poll(t, device, other)
      const unknown = await poll(t, { device_code: `${device.device_code.slice(0, -4)}AAAA`, client: other })
      check(shape(foreign) === shape(unknown), 'the answer to an unknown code', foreign)
    },
  ),
  conformanceCase(
    'F-36',
    'own',
    'a client that does not exist and a wrong secret are refused alike',
    ['confidentialPost'],
    async (t) => {
      const { client_id } = client(t, 'confidentialPost')
      const parameters = { grant_type: deviceCodeGrantType, device_code: 'x', client_secret: 'conformance-wrong' }
      const known = await post(t, t.endpoints.token, { ...parameters, client_id })
      const unknown = await post(t, t.endpoints.token, { ...parameters, client_id: `${client_id}-unknown` })
      check(
        known.status === unknown.status && expectJson(known).error === expectJson(unknown).error,
        'the answer to an unknown client',
        known,
      )
      if (t.strict) check(shape(known) === shape(unknown), 'the answer to an unknown client, to the byte', known)
    },
  ),
  ...poisoned.map(([name, value]) =>
    conformanceCase('F-37', 'own', `${name} of an attacker's choice gets into no address`, [], async (t) => {
      const who = client(t, 'public')
      const body = { client_id: who.client_id, ...(who.scope === undefined ? {} : { scope: who.scope }) }
      const response = await t.sendRaw(formRequest(t.endpoints.deviceAuthorization, body, [[name, value]]))
      const from = response.status === 200 ? `, not ${String(expectJson(response).verification_uri)}` : ''
      check(!response.text.includes(evil), `addresses of ${t.target.issuer}${from}`, response)
    }),
  ),
  conformanceCase(
    'F-37',
    'own',
    'the page redirects and posts within its own origin, whatever X-Forwarded-Host says',
    ['page'],
    async (t) => {
      const { verification_uri } = await startDevice(t)
      for (const viewer of ['user', 'nobody'] as const) {
        const response = await visit(
          t,
          verification_uri,
          { headers: { 'X-Forwarded-Host': evil, Forwarded: `host=${evil}` } },
          viewer,
        )
        check(!(response.headers.get('location') ?? '').includes(evil), 'no redirect to another host', response)
        const page = await follow(t, response, viewer)
        check(!page.text.includes(evil), 'no address of another host in the page', page)
      }
    },
  ),
]
