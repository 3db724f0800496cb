import { type ConformanceCase, conformanceCase } from '../case.ts'
import { basicHeader, client, deviceCodeGrantType, encodeForm, formRequest, formType } from '../client.ts'
import { poll, startDevice } from '../device.ts'
import { check, expectError, expectNoServerError, expectNoStore, expectRefused } from '../expect.ts'
import { sendText } from '../http.ts'
import { parseObject } from '../json.ts'
import { follow, openConfirm, visit } from '../page.ts'
import { expectMethodNotAllowed, expectQuickAnswer } from './requests.ts'

const types = [
  'application/json',
  `${formType};charset=utf-16`,
  `${formType}, application/json`,
  'multipart/form-data',
  'x',
  '',
]

export const faultHttpCases: readonly ConformanceCase[] = [
  ...types.map((type) =>
    conformanceCase(
      'F-56',
      'own',
      `Content-Type '${type}' is refused at the token endpoint`,
      ['device-auth'],
      async (t) => {
        const device = await startDevice(t)
        const body = encodeForm({
          grant_type: deviceCodeGrantType,
          device_code: device.device_code,
          client_id: device.client.client_id,
        })
        const response = await t.sendRaw({
          method: 'POST',
          url: t.endpoints.token,
          headers: [['Content-Type', type]],
          body,
        })
        expectError(response, 'invalid_request')
      },
    ),
  ),
  conformanceCase('F-58', 'own', 'no text of a request becomes a response header', [], async (t) => {
    const text = '"\r\nX-Injected: 1'
    const body = { grant_type: text, client_id: text, scope: text, redirect_uri: text, state: text }
    for (const url of [t.endpoints.deviceAuthorization, t.endpoints.token]) {
      const response = await t.sendRaw(formRequest(url, body, [basicHeader(text, text)]))
      if (t.strict) expectRefused(response)
      expectNoServerError(response)
      check(response.headers.get('x-injected') === null, 'no header with text from the request', response)
    }
  }),
  conformanceCase('F-59', 'own', '8 kB of one repeated character are answered within a second', [], async (t) => {
    const { client_id } = client(t, 'public')
    for (const char of [' ', '-', '+', '=', '.', '"', '\\', '0', 'A', '%20', '\t']) {
      const body = `client_id=${client_id}&scope=${char.repeat(8000 / char.length)}`
      await expectQuickAnswer(t, formRequest(t.endpoints.deviceAuthorization, body))
    }
  }),
  ...['HEAD', 'OPTIONS', 'TRACE', 'PATCH'].map((method) =>
    conformanceCase('F-60', 'own', `${method} at the endpoints for clients has no effect`, [], async (t) => {
      const parameters = { client_id: client(t, 'public').client_id }
      for (const url of [t.endpoints.deviceAuthorization, t.endpoints.token]) {
        if (method !== 'OPTIONS') await expectMethodNotAllowed(t, url, method, parameters)
        else expectNoServerError(await t.sendRaw({ method, url }))
      }
    }),
  ),
  conformanceCase('F-60', 'own', 'PROPFIND at the endpoints for clients has no effect', [], async (t) => {
    const body = encodeForm({ client_id: client(t, 'public').client_id })
    for (const url of [t.endpoints.deviceAuthorization, t.endpoints.token]) {
      // a framework that does not know this method may refuse it by itself
      expectRefused(await t.sendRaw({ ...formRequest(url, body), method: 'PROPFIND' }))
    }
  }),
  conformanceCase('F-60', 'own', 'X-HTTP-Method-Override does not turn a GET into a POST', [], async (t) => {
    const url = `${t.endpoints.deviceAuthorization}?${encodeForm({ client_id: client(t, 'public').client_id, _method: 'POST' })}`
    for (const name of ['X-HTTP-Method-Override', 'X-Method-Override', 'X-HTTP-Method']) {
      const response = await t.sendRaw({ method: 'GET', url, headers: [[name, 'POST']] })
      expectRefused(response)
      check(parseObject(response.text)?.device_code === undefined, 'no device_code', response)
    }
  }),
  conformanceCase('F-60', 'own', 'URLs that are almost those of an endpoint cause no server error', [], async (t) => {
    const { client_id } = client(t, 'public')
    for (const change of [
      (path: string) => `${path}/`,
      (path: string) => path.toUpperCase(),
      (path: string) => path.replace(/\/([^/]*)$/, '//$1'),
      (path: string) => `${path}%2e`,
      // an endpoint one segment below the root keeps its first slash
      (path: string) => path.replace(/(.)\/([^/]*)$/, '$1%2f$2'),
      (path: string) => `${path}/%`,
    ]) {
      const url = new URL(t.endpoints.deviceAuthorization)
      expectNoServerError(await t.sendRaw(formRequest(`${url.origin}${change(url.pathname)}`, { client_id })))
    }
  }),
  conformanceCase('F-61', 'own', 'two Authorization headers are refused', ['confidentialBasic'], async (t) => {
    const { client_id, client_secret = '' } = client(t, 'confidentialBasic')
    const right = basicHeader(client_id, client_secret)
    for (const headers of [
      [basicHeader('x', 'y'), right],
      [right, basicHeader('x', 'y')],
    ]) {
      const response = await t.sendRaw(
        formRequest(t.endpoints.token, { grant_type: deviceCodeGrantType, device_code: 'x' }, headers),
      )
      // Node and most servers drop or join the second header: what matters is that wrong credentials are not accepted
      expectError(response, ['invalid_client', 'invalid_request', 'invalid_grant'], [400, 401])
    }
  }),
  conformanceCase('F-61', 'own', 'the scheme name basic works in lower case', ['confidentialBasic'], async (t) => {
    await startDevice(t, client(t, 'confidentialBasic'))
    const { client_id, client_secret = '', scope } = client(t, 'confidentialBasic')
    const [name, value] = basicHeader(client_id, client_secret)
    const body = scope === undefined ? {} : { scope }
    const response = await t.sendRaw(
      formRequest(t.endpoints.deviceAuthorization, body, [[name, value.replace('Basic', 'basic')]]),
    )
    check(response.status === 200, '200', response)
  }),
  conformanceCase(
    'F-61',
    'own',
    'malformed Authorization headers are refused without a server error',
    [],
    async (t) => {
      for (const value of [
        'Basic =',
        'Basic',
        `Basic ${'A'.repeat(8000)}`,
        'Bearer x',
        'Unknown x',
        'Basic \u00e9\u00ff',
        ',',
        'Basic Og==',
      ]) {
        const response = await t.sendRaw(
          formRequest(t.endpoints.token, { grant_type: deviceCodeGrantType, device_code: 'x' }, [
            ['Authorization', value],
          ]),
        )
        expectRefused(response)
      }
    },
  ),
  conformanceCase('F-62', 'own', 'no other origin may send credentials (CORS)', [], async (t) => {
    const headers = [
      ['Origin', 'https://evil.example'],
      ['Access-Control-Request-Method', 'POST'],
      ['Access-Control-Request-Headers', 'authorization'],
    ] as const
    for (const url of [
      t.endpoints.deviceAuthorization,
      t.endpoints.token,
      t.endpoints.revocation,
      t.endpoints.introspection,
    ]) {
      if (url === undefined) continue
      const response = await t.sendRaw({ method: 'OPTIONS', url, headers })
      expectNoServerError(response)
      check(
        response.headers.get('access-control-allow-credentials') === null,
        'no Access-Control-Allow-Credentials',
        response,
      )
    }
  }),
  conformanceCase('F-63', 'own', 'the pages are not stored by caches', ['page'], async (t) => {
    const device = await startDevice(t)
    const { page } = await openConfirm(t, device)
    expectNoStore(page, false)
    expectNoStore(await follow(t, await visit(t, device.verification_uri)), false)
  }),
  conformanceCase(
    'F-51',
    'own',
    'the body of a refused request is not read as the next request on the connection',
    [],
    async (t) => {
      const device = await startDevice(t)
      const { host, pathname } = new URL(t.endpoints.token)
      const hidden = encodeForm({
        grant_type: deviceCodeGrantType,
        device_code: device.device_code,
        client_id: device.client.client_id,
      })
      const smuggled = `POST ${pathname} HTTP/1.1\r\nHost: ${host}\r\nContent-Type: ${formType}\r\nContent-Length: ${hidden.length}\r\n\r\n${hidden}`
      const outer = `PUT ${pathname} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\nContent-Length: ${smuggled.length}\r\n\r\n${smuggled}`
      const received = await sendText(t.endpoints.token, outer, { timeout: t.target.timeout ?? 10, strict: t.strict })
      check(
        (received.match(/^HTTP\/1\.1 \d{3}/gm) ?? []).length <= 1,
        `one response to one request, but got:\n${received.slice(0, 300)}`,
      )
      expectError(await poll(t, device), 'authorization_pending')
    },
  ),
]
