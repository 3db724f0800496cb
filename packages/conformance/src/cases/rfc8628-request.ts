import { type ConformanceCase, type ConformanceContext, conformanceCase } from '../case.ts'
import { client, encodeForm, formRequest, formType, post, postAs } from '../client.ts'
import { approve, poll, readDevice, requestDevice, startDevice } from '../device.ts'
import {
  check,
  expectError,
  expectInvalidClient,
  expectJsonType,
  expectNoServerError,
  expectRefused,
  expectTokens,
} from '../expect.ts'
import type { HttpRequest } from '../http.ts'
import { expectMethodNotAllowed, expectRepeatRefused } from './requests.ts'

const endpointUrl = (t: ConformanceContext): string => t.endpoints.deviceAuthorization

const isSecure = (text: string): boolean => {
  const { protocol, hostname } = new URL(text)
  return protocol === 'https:' || /^(localhost|127\.\d+\.\d+\.\d+|\[::1\]|.*\.localhost)$/.test(hostname)
}

/** Fails unless every URL is https, or http on loopback (8628-3.1-5 and the requirements that repeat it). */
export async function expectTls(t: ConformanceContext): Promise<void> {
  const device = await startDevice(t)
  for (const url of [t.target.issuer, device.verification_uri, ...Object.values(t.endpoints)]) {
    check(isSecure(url), `https, or http on loopback only, not ${url}`)
  }
}

/** Fails unless the device authorization endpoint authenticates clients as the token endpoint does (8628-3.1-10). */
export async function expectAuthentication(t: ConformanceContext): Promise<void> {
  const who = client(t, 'confidentialBasic')
  expectInvalidClient(await post(t, endpointUrl(t), { client_id: who.client_id }))
  expectInvalidClient(await requestDevice(t, { ...who, client_secret: 'wrong' }))
  if (t.strict) readDevice(await requestDevice(t, who), who)
}

/** The RFC does not forbid a server to read other types too. */
async function expectTypeRefused(t: ConformanceContext, request: HttpRequest): Promise<void> {
  const response = await t.send(request)
  if (t.strict) expectError(response, 'invalid_request')
  else expectNoServerError(response)
}

export const rfc8628RequestCases: readonly ConformanceCase[] = [
  ...['GET', 'PUT', 'DELETE', 'PATCH', 'HEAD'].map((method) =>
    conformanceCase(
      '8628-3.1-1',
      'SHOULD',
      `the device authorization endpoint refuses ${method} and creates nothing`,
      [],
      async (t) => {
        await expectMethodNotAllowed(t, endpointUrl(t), method, { client_id: client(t, 'public').client_id })
      },
    ),
  ),
  conformanceCase(
    '8628-3.1-2',
    'own',
    'a body that is not a form causes no server error: JSON, multipart, text, no Content-Type',
    [],
    async (t) => {
      const { client_id } = client(t, 'public')
      const url = endpointUrl(t)
      const typed = (type: string, body: string): HttpRequest => ({
        method: 'POST',
        url,
        headers: [['Content-Type', type]],
        body,
      })
      await expectTypeRefused(t, typed('application/json', JSON.stringify({ client_id })))
      const part = `--x\r\nContent-Disposition: form-data; name="client_id"\r\n\r\n${client_id}\r\n--x--\r\n`
      await expectTypeRefused(t, typed('multipart/form-data; boundary=x', part))
      await expectTypeRefused(t, typed('text/plain', encodeForm({ client_id })))
      await expectTypeRefused(t, { method: 'POST', url, body: encodeForm({ client_id }) })
    },
  ),
  ...[`${formType};charset=UTF-8`, `${formType}; charset=utf-8`, formType.toUpperCase()].map((type) =>
    conformanceCase('8628-3.1-2', 'MUST', `a form with Content-Type ${type} is read`, [], async (t) => {
      const who = client(t, 'public')
      const body = encodeForm({ client_id: who.client_id, ...(who.scope === undefined ? {} : { scope: who.scope }) })
      readDevice(await t.send({ method: 'POST', url: endpointUrl(t), headers: [['Content-Type', type]], body }), who)
    }),
  ),
  conformanceCase('8628-3.1-3', 'REQUIRED', 'a request without client_id is refused', [], async (t) => {
    const response = await post(t, endpointUrl(t), { scope: client(t, 'public').scope ?? 'x' })
    if (t.strict) expectError(response, 'invalid_request')
    else expectError(response, ['invalid_request', 'invalid_client'], [400, 401])
  }),
  conformanceCase('8628-3.1-3', 'REQUIRED', 'an unknown client_id gets invalid_client', [], async (t) => {
    expectInvalidClient(await post(t, endpointUrl(t), { client_id: 'conformance-unknown' }))
  }),
  conformanceCase('8628-3.1-4', 'MAY', 'scope may be missing; a default then applies', [], async (t) => {
    const who = client(t, 'public')
    const response = await postAs(t, who, endpointUrl(t))
    if (!t.strict && response.status !== 200) return void expectError(response, 'invalid_scope')
    const device = readDevice(response, who)
    if (!t.strict) return
    await approve(t, device)
    expectTokens(await poll(t, device))
  }),
  conformanceCase('8628-3.1-5', 'MUST', 'every URL is https, or http on loopback', [], expectTls),
  conformanceCase('8628-3.1-6', 'MUST', 'an empty parameter counts as missing', [], async (t) => {
    const who = client(t, 'public')
    const empty = await postAs(t, who, endpointUrl(t), { scope: '' })
    const none = await postAs(t, who, endpointUrl(t))
    check(empty.status === none.status, `the same status as without scope (${none.status})`, empty)
    const response = await post(t, endpointUrl(t), { client_id: '' })
    expectError(
      response,
      t.strict ? 'invalid_request' : ['invalid_request', 'invalid_client'],
      t.strict ? 400 : [400, 401],
    )
  }),
  conformanceCase('8628-3.1-7', 'MUST', 'unknown parameters are ignored', [], async (t) => {
    const who = client(t, 'public')
    readDevice(await requestDevice(t, who, { foo: '1', '__proto__[x]': '1', constructor: 'x' }), who)
  }),
  ...(['client_id', 'scope'] as const).flatMap((name) =>
    [true, false].map((same) =>
      conformanceCase(
        '8628-3.1-8',
        'MUST NOT',
        `${name} twice (${same ? 'the same' : 'different'} values) is refused`,
        [],
        async (t) => {
          const who = client(t, 'public')
          const once = { client_id: who.client_id, scope: who.scope ?? 'openid' }
          // another value may also be refused for itself
          const codes = same ? [] : ['invalid_client', 'invalid_scope']
          const value = same ? once[name] : `${once[name]}x`
          await expectRepeatRefused(t, endpointUrl(t), once, name, value, [], codes)
        },
      ),
    ),
  ),
  conformanceCase('8628-3.1-8', 'MUST NOT', 'client_secret twice is refused', ['confidentialPost'], async (t) => {
    const { client_id, client_secret = '' } = client(t, 'confidentialPost')
    await expectRepeatRefused(t, endpointUrl(t), { client_id, client_secret }, 'client_secret', client_secret)
  }),
  conformanceCase(
    '8628-3.1-10',
    'MUST',
    'a client with a secret has to authenticate at the device authorization endpoint',
    ['confidentialBasic'],
    expectAuthentication,
  ),
  conformanceCase(
    '8628-3.1-10',
    'MUST',
    'client_secret_post works at the device authorization endpoint',
    ['confidentialPost'],
    async (t) => {
      const who = client(t, 'confidentialPost')
      if (t.strict) expectInvalidClient(await requestDevice(t, { ...who, client_secret: 'wrong' }))
      readDevice(await requestDevice(t, who), who)
    },
  ),
  conformanceCase('8628-3.1-11', 'MUST', 'a public client needs only its client_id', [], async (t) => {
    const who = client(t, 'public')
    readDevice(await requestDevice(t, who), who)
  }),
  conformanceCase(
    '8628-3.2-8',
    'MUST',
    'every error of the device authorization endpoint is an error response of RFC 6749',
    [],
    async (t) => {
      const codes = ['invalid_request', 'invalid_client', 'invalid_scope', 'unauthorized_client']
      for (const body of ['', 'client_id=', 'client_id=%00', 'client_id=unknown', '&&&', 'client_id']) {
        const response = await t.send(formRequest(endpointUrl(t), body))
        if (!t.strict && response.status === 200) continue
        expectRefused(response)
        expectJsonType(response)
        expectError(response, codes, [400, 401])
      }
    },
  ),
]
