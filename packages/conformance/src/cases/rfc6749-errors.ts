import { type ConformanceCase, type ConformanceContext, conformanceCase } from '../case.ts'
import { client, deviceCodeGrantType, formRequest, postAs } from '../client.ts'
import { deny, poll, refresh, requestDevice, startDevice } from '../device.ts'
import {
  check,
  expectError,
  expectErrorText,
  expectJson,
  expectJsonType,
  expectNoSecrets,
  expectStatus,
} from '../expect.ts'
import type { HttpResponse } from '../http.ts'
import { parseObject } from '../json.ts'
import { enterCode, openConfirm } from '../page.ts'
import { unescapeHtml } from '../page-forms.ts'
import { skip } from '../target.ts'
import { expectConfirmedAgain, expectSessionToApprove } from './rfc8628-page.ts'
import { expectTls } from './rfc8628-request.ts'

const strictErrors = ['invalid_request', 'invalid_grant', 'invalid_client', 'unsupported_grant_type']
const unknownValues = ['x', 'conformance-unknown', 'a'.repeat(43), 'a.b.c']
const reflected = ['<script>alert(1)</script>', '"quoted"', 'back\\slash', 'lïne\r\nbreak', '\u0000', '💥']

/** One answer of the token endpoint for each error of a code that can be had without waiting. */
async function tokenErrors(t: ConformanceContext): Promise<readonly HttpResponse[]> {
  const device = await startDevice(t)
  const pending = await poll(t, device)
  const unknown = await poll(t, { device_code: 'conformance-unknown', client: device.client })
  await deny(t, device)
  const answers = [pending, unknown, await poll(t, device)]
  if (answers.some(({ status }) => status >= 500)) throw skip('needs error responses, but the server failed (5xx)')
  return answers
}

export const rfc6749ErrorCases: readonly ConformanceCase[] = [
  conformanceCase('6749-5.2-1', 'MUST', 'errors have status 400 unless the RFC names another', [], async (t) => {
    for (const response of await tokenErrors(t)) expectStatus(response, 400)
  }),
  conformanceCase('6749-5.2-1', 'MUST', 'errors are JSON objects', [], async (t) => {
    for (const response of await tokenErrors(t)) {
      expectJsonType(response)
      expectJson(response)
    }
  }),
  conformanceCase('6749-5.2-1', 'own', 'errors have no tokens, no codes and no stack trace', [], async (t) => {
    for (const response of await tokenErrors(t)) expectNoSecrets(response)
  }),
  conformanceCase(
    '6749-5.2-6',
    'MUST NOT',
    'error, error_description and error_uri have only the allowed characters',
    [],
    async (t) => {
      for (const response of await tokenErrors(t)) expectErrorText(response)
    },
  ),
  conformanceCase('6749-5.2-3', 'REQUIRED', 'an unknown device code gets invalid_grant', [], async (t) => {
    for (const device_code of unknownValues)
      expectError(await poll(t, { device_code, client: client(t, 'public') }), 'invalid_grant')
  }),
  conformanceCase('6749-5.2-3', 'REQUIRED', 'an unknown refresh token gets invalid_grant', [], async (t) => {
    for (const value of unknownValues) {
      const response = await refresh(t, client(t, 'public'), value)
      const error = parseObject(response.text)?.error
      if (!t.strict && (error === 'unsupported_grant_type' || error === 'unauthorized_client'))
        throw skip('needs the refresh token grant')
      expectError(response, 'invalid_grant')
    }
  }),
  conformanceCase(
    '6749-5.2-3',
    'REQUIRED',
    'a device code of another client gets invalid_grant',
    ['otherPublic'],
    async (t) => {
      expectError(await poll(t, await startDevice(t), client(t, 'otherPublic')), 'invalid_grant')
    },
  ),
  conformanceCase(
    '6749-5.2-6',
    'MUST NOT',
    'error texts have only the allowed characters and no markup, whatever the request contains',
    [],
    async (t) => {
      const who = client(t, 'public')
      for (const text of reflected) {
        for (const response of [
          await postAs(t, who, t.endpoints.token, { grant_type: text }),
          await postAs(t, who, t.endpoints.token, { grant_type: deviceCodeGrantType, device_code: text }),
          await postAs(t, { client_id: text, token_endpoint_auth_method: 'none' }, t.endpoints.deviceAuthorization),
        ]) {
          if (t.strict) expectError(response, strictErrors, [400, 401])
          expectErrorText(response)
          const type = response.headers.get('content-type') ?? ''
          if (/html/i.test(type)) check(!response.text.includes('<script'), 'a text without the script', response)
          if (t.strict)
            check(!response.text.includes(text), 'an answer that repeats nothing from the request', response)
        }
      }
    },
  ),
  conformanceCase('6749-10.6', 'own', 'redirect_uri is ignored', [], async (t) => {
    const redirect_uri = 'https://evil.example/'
    const device = await startDevice(t)
    const request = await requestDevice(t, device.client, { redirect_uri })
    const parameters = { grant_type: deviceCodeGrantType, device_code: device.device_code, redirect_uri }
    for (const response of [request, await postAs(t, device.client, t.endpoints.token, parameters)]) {
      check(
        response.headers.get('location') === null && !response.text.includes('evil.example'),
        'no trace of redirect_uri',
        response,
      )
    }
  }),
  conformanceCase('6749-10.8-1', 'MUST NOT', 'an error response does not repeat a secret', [], async (t) => {
    const secret = 'conformance-secret-7c1f'
    for (const name of ['client_secret', 'device_code', 'refresh_token', 'password']) {
      const body = `grant_type=${deviceCodeGrantType}&client_id=x&${name}=${secret}`
      const response = await t.send(formRequest(t.endpoints.token, body))
      const echoed = [...response.headers].some(([, value]) => value.includes(secret)) || response.text.includes(secret)
      check(!echoed, 'an answer without the secret', response)
    }
  }),
  conformanceCase('6749-10.11-1', 'MUST', 'the verification page is https, or on loopback', [], expectTls),
  conformanceCase('6749-3.1-1', 'MUST', 'a user has to be signed in to approve', ['page'], expectSessionToApprove),
  conformanceCase('6749-10.2-2', 'SHOULD', 'the confirm page shows the name of the client', ['page'], async (t) => {
    const device = await startDevice(t)
    const { page } = await openConfirm(t, device)
    const { client_id, client_name = t.strict ? client_id : undefined } = device.client
    if (client_name === undefined) throw skip('needs clients.public.client_name')
    check(unescapeHtml(page.text).includes(client_name), `a page that names ${client_name}`, page)
  }),
  conformanceCase(
    '6749-10.2-3',
    'SHOULD NOT',
    'an approval is not repeated without asking the user',
    ['page'],
    expectConfirmedAgain,
  ),
  conformanceCase('6749-10.14-1', 'MUST', 'a script typed as the code is shown as text', ['page'], async (t) => {
    const typed = '"><script>alert(1)</script>'
    const page = await enterCode(t, await startDevice(t), typed)
    check(page.status < 500 && !page.text.includes('<script>alert(1)'), 'a page without the typed script', page)
  }),
]
