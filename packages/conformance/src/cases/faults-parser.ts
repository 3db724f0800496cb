import { gzipSync } from 'node:zlib'
import { type ConformanceCase, type ConformanceContext, conformanceCase } from '../case.ts'
import { client, deviceCodeGrantType, encodeForm, formRequest, formType } from '../client.ts'
import { approve, poll, startDevice } from '../device.ts'
import { check, expectError, expectNoServerError, expectRefusal, expectRefused, expectTokens } from '../expect.ts'
import type { HttpRequest, HttpResponse } from '../http.ts'
import { parseObject } from '../json.ts'
import { expectQuickAnswer } from './requests.ts'

/** Bytes of a form that the profile `device-auth` reads. */
const MAXIMUM_FORM = 16 * 1024

/** A form for the public client, padded to a length in bytes. */
function padded(t: ConformanceContext, length: number): string {
  const start = encodeForm({ client_id: client(t, 'public').client_id, padding: '' })
  return start + 'x'.repeat(length - start.length)
}

const endpoints = (t: ConformanceContext): readonly string[] => [t.endpoints.deviceAuthorization, t.endpoints.token]

/** Fails unless the request is refused with a 4xx and gets no device_code. Other servers may read it: no RFC has a limit. */
function expectNoCode(response: HttpResponse): void {
  expectNoServerError(response)
  if (!response.strict) return
  expectRefused(response)
  check(parseObject(response.text)?.device_code === undefined, 'no device_code', response)
}

/** The answer, or `undefined` if the server closes the connection because the body is far too large. */
async function answerOrClose(t: ConformanceContext, request: HttpRequest): Promise<HttpResponse | undefined> {
  try {
    return await t.sendRaw(request)
  } catch (error) {
    if (error instanceof Error && 'code' in error && /ECONNRESET|EPIPE/.test(String(error.code))) return undefined
    throw error
  }
}

const sizeCases: readonly ConformanceCase[] = [
  conformanceCase('F-51', 'own', 'a body of one megabyte gets a clear answer or a closed connection', [], async (t) => {
    for (const url of endpoints(t)) {
      const response = await answerOrClose(t, formRequest(url, padded(t, 1024 * 1024)))
      if (response !== undefined) expectNoCode(response)
    }
    await startDevice(t)
  }),
  conformanceCase('F-51', 'own', 'a form of one byte more than 16 KiB gets 413 in JSON', ['device-auth'], async (t) => {
    for (const url of endpoints(t))
      expectError(await t.sendRaw(formRequest(url, padded(t, MAXIMUM_FORM + 1))), 'invalid_request', 413)
  }),
  conformanceCase('F-51', 'own', 'a form of exactly 16 KiB is read', ['device-auth'], async (t) => {
    const response = await t.sendRaw(formRequest(t.endpoints.deviceAuthorization, padded(t, MAXIMUM_FORM)))
    check(response.status === 200, '200', response)
  }),
  conformanceCase('F-51', 'own', 'a chunked body without Content-Length gets a clear answer too', [], async (t) => {
    const request = formRequest(t.endpoints.deviceAuthorization, padded(t, 200 * 1024), [
      ['Transfer-Encoding', 'chunked'],
    ])
    const response = await answerOrClose(t, request)
    if (response === undefined) return
    if (t.strict) expectError(response, 'invalid_request', 413)
    else expectNoCode(response)
  }),
  conformanceCase('F-51', 'own', 'a compressed body is refused and not decompressed', [], async (t) => {
    const body = gzipSync(encodeForm({ client_id: client(t, 'public').client_id }))
    const headers = [
      ['Content-Type', formType],
      ['Content-Encoding', 'gzip'],
    ] as const
    const response = await t.sendRaw({ method: 'POST', url: t.endpoints.deviceAuthorization, headers, body })
    if (t.strict) expectError(response, 'invalid_request', 415)
    expectNoServerError(response)
  }),
  conformanceCase(
    'F-52',
    'own',
    '1,000 parameters, 1,000 repeats and a name of 8 kB are refused or ignored within a second',
    [],
    async (t) => {
      const { client_id } = client(t, 'public')
      const many = Array.from({ length: 1000 }, (_, i) => `p${i}=1`).join('&')
      for (const body of [
        `client_id=${client_id}&${many}`,
        'scope=a&'.repeat(1000),
        `client_id=${client_id}&${'n'.repeat(8000)}=1`,
      ]) {
        await expectQuickAnswer(t, formRequest(t.endpoints.deviceAuthorization, body))
      }
    },
  ),
]

const structured = [
  'device_code[]=%',
  'device_code[0]=%',
  'device_code[$ne]=x',
  'device_code[value]=%',
  'device_code.x=%',
]

const nameCases: readonly ConformanceCase[] = [
  ...structured.map((parameter) =>
    conformanceCase('F-53', 'own', `${parameter.replace('%', '…')} is not accepted as device_code`, [], async (t) => {
      const device = await startDevice(t)
      await approve(t, device)
      const base = encodeForm({ grant_type: deviceCodeGrantType, client_id: device.client.client_id })
      const response = await t.send(
        formRequest(t.endpoints.token, `${base}&${parameter.replace('%', device.device_code)}`),
      )
      expectRefusal(response, ['invalid_request', 'invalid_grant'])
      expectTokens(await poll(t, device))
    }),
  ),
  conformanceCase('F-53', 'own', 'a JSON object is not accepted as device_code', [], async (t) => {
    const body = JSON.stringify({
      grant_type: deviceCodeGrantType,
      client_id: client(t, 'public').client_id,
      device_code: { $gt: '' },
    })
    expectNoCode(
      await t.send({ method: 'POST', url: t.endpoints.token, headers: [['Content-Type', 'application/json']], body }),
    )
  }),
  ...['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'constructor.prototype'].map((name) =>
    conformanceCase(
      'F-54',
      'own',
      `${name} is handled like any other name, as client, code, scope and parameter`,
      [],
      async (t) => {
        const { client_id } = client(t, 'public')
        const body = (parameters: Readonly<Record<string, string>>) =>
          formRequest(t.endpoints.deviceAuthorization, parameters)
        const unknown = await t.send(body({ client_id: name }))
        if (t.strict) expectError(unknown, 'invalid_client', 401)
        else expectNoServerError(unknown)
        expectNoServerError(await t.send(body({ client_id, scope: name })))
        const token = formRequest(t.endpoints.token, { grant_type: name, client_id, device_code: name })
        expectRefusal(await t.send(token), ['unsupported_grant_type', 'invalid_request', 'unauthorized_client'])
        const code = formRequest(t.endpoints.token, { grant_type: deviceCodeGrantType, client_id, device_code: name })
        expectRefusal(await t.send(code), 'invalid_grant')
        expectNoServerError(
          await t.send(formRequest(t.endpoints.deviceAuthorization, `client_id=${client_id}&${name}[x]=1&${name}=1`)),
        )
        await startDevice(t)
      },
    ),
  ),
]

const encodings: readonly (readonly [what: string, text: string, malformed?: boolean])[] = [
  ['NUL', 'a%00b'],
  ['CR and LF', 'a%0D%0AX-Injected:%201'],
  ['a byte that is not UTF-8', '%ff', true],
  ['overlong UTF-8', '%c0%af', true],
  ['a lone surrogate', '%ed%a0%80', true],
  ['broken percent-encoding', '%ZZ%', true],
  ['a byte order mark', '%EF%BB%BFx'],
  ['an emoji', '%F0%9F%92%A5'],
  ['10 kB', 'x'.repeat(10_000)],
]

const encodingCases: readonly ConformanceCase[] = encodings.map(([what, text, malformed]) =>
  conformanceCase('F-57', 'own', `${what} in a parameter is refused without a server error`, [], async (t) => {
    const { client_id } = client(t, 'public')
    const grant = `grant_type=${encodeURIComponent(deviceCodeGrantType)}`
    const bodies = [
      `${grant}&client_id=${text}&device_code=x`,
      `${grant}&client_id=${client_id}&device_code=${text}`,
      `grant_type=${text}&client_id=${client_id}`,
    ]
    for (const body of bodies) {
      const response = await t.sendRaw(formRequest(t.endpoints.token, body))
      if (t.strict && malformed) expectError(response, 'invalid_request')
      expectRefused(response)
      check(response.headers.get('x-injected') === null, 'no header with text from the request', response)
    }
    const unknown = await t.sendRaw(formRequest(t.endpoints.deviceAuthorization, `client_id=${text}`))
    if (t.strict) expectRefused(unknown)
    expectNoServerError(unknown)
    expectNoServerError(
      await t.sendRaw(formRequest(t.endpoints.deviceAuthorization, `client_id=${client_id}&scope=${text}`)),
    )
  }),
)

export const faultParserCases: readonly ConformanceCase[] = [...sizeCases, ...nameCases, ...encodingCases]
