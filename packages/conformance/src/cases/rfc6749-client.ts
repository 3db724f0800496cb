import { type ConformanceCase, conformanceCase } from '../case.ts'
import { basicHeader, client, deviceCodeGrantType, encodeForm, formRequest, post } from '../client.ts'
import { poll, readDevice, requestDevice, startDevice } from '../device.ts'
import { check, expectError, expectInvalidClient, expectRefused } from '../expect.ts'
import { parseObject } from '../json.ts'
import { skip } from '../target.ts'
import { expectTls } from './rfc8628-request.ts'

const grant_type = deviceCodeGrantType
const encode = (text: string | Uint8Array): string => Buffer.from(text).toString('base64')

const malformed: readonly (readonly [what: string, header: string])[] = [
  ['that is no base64', 'Basic %%%%'],
  ['without a colon', `Basic ${encode('nocolon')}`],
  ['that is not UTF-8', `Basic ${encode(new Uint8Array([0xff, 0xfe, 0x3a, 0xff]))}`],
  ['with broken percent-encoding', `Basic ${encode('%zz:%zz')}`],
  ['that is empty', 'Basic '],
]

export const rfc6749ClientCases: readonly ConformanceCase[] = [
  conformanceCase(
    '6749-2.3-2',
    'MUST NOT',
    'a request with a secret in the header and in the body is refused',
    ['confidentialBasic'],
    async (t) => {
      const { client_id, client_secret = '' } = client(t, 'confidentialBasic')
      for (const url of [t.endpoints.deviceAuthorization, t.endpoints.token]) {
        const response = await post(t, url, { grant_type, device_code: 'x', client_id, client_secret }, [
          basicHeader(client_id, client_secret),
        ])
        expectError(
          response,
          t.strict ? 'invalid_request' : ['invalid_request', 'invalid_client'],
          t.strict ? 400 : [400, 401],
        )
      }
    },
  ),
  conformanceCase(
    '6749-2.3.1-1',
    'MUST',
    'client id and secret in a Basic header are form-decoded',
    ['confidentialBasic'],
    async (t) => {
      const who = client(t, 'confidentialBasic')
      const { client_id, client_secret = '' } = who
      if (!t.strict && /^[\w.*-]*$/.test(client_id + client_secret))
        throw skip('needs clients.confidentialBasic with a secret that has characters to encode, such as + or %')
      readDevice(await requestDevice(t, who), who)
    },
  ),
  ...malformed.map(([what, header]) =>
    conformanceCase(
      '6749-2.3.1-1',
      'own',
      `an Authorization header ${what} is refused without a server error`,
      [],
      async (t) => {
        for (const url of [t.endpoints.deviceAuthorization, t.endpoints.token]) {
          const response = await t.sendRaw(
            formRequest(url, { grant_type, device_code: 'x' }, [['Authorization', header]]),
          )
          if (t.strict) expectError(response, 'invalid_client', 401)
          else expectError(response, ['invalid_client', 'invalid_request'], [400, 401])
        }
      },
    ),
  ),
  conformanceCase(
    '6749-2.3.1-2',
    'MUST',
    'Basic works for a client with a secret',
    ['confidentialBasic'],
    async (t) => {
      const who = client(t, 'confidentialBasic')
      const encoded = await requestDevice(t, who)
      if (encoded.status === 200 || t.strict) return void readDevice(encoded, who)
      // a server that does not decode fails 6749-2.3.1-1, not this
      const { client_id, client_secret = '', scope } = who
      const header = ['Authorization', `Basic ${encode(`${client_id}:${client_secret}`)}`] as const
      const raw = await post(t, t.endpoints.deviceAuthorization, scope === undefined ? {} : { scope }, [header])
      check(raw.status === 200, '200 with a device_code', encoded)
    },
  ),
  conformanceCase(
    '6749-2.3.1-3',
    'MAY',
    'a secret in the body works for a client registered for client_secret_post',
    ['confidentialPost'],
    async (t) => {
      const who = client(t, 'confidentialPost')
      readDevice(await requestDevice(t, who), who)
    },
  ),
  conformanceCase(
    '6749-2.3.1-3',
    'MAY',
    'a secret in the body does not work for a client registered for client_secret_basic',
    ['confidentialBasic', 'device-auth'],
    async (t) => {
      expectInvalidClient(
        await requestDevice(t, { ...client(t, 'confidentialBasic'), token_endpoint_auth_method: 'client_secret_post' }),
      )
    },
  ),
  conformanceCase(
    '6749-2.3.2-1',
    'MUST',
    'a client can authenticate only by its registered method',
    ['confidentialPost', 'device-auth'],
    async (t) => {
      const who = { ...client(t, 'confidentialPost'), token_endpoint_auth_method: 'client_secret_basic' } as const
      expectInvalidClient(await requestDevice(t, who))
      expectInvalidClient(await poll(t, { device_code: 'x', client: who }))
    },
  ),
  conformanceCase('6749-2.3.1-4', 'MUST NOT', 'parameters in the URI are ignored', [], async (t) => {
    const who = client(t, 'public')
    const response = await t.send(
      formRequest(`${t.endpoints.deviceAuthorization}?${encodeForm({ client_id: who.client_id })}`, ''),
    )
    expectRefused(response)
    check(parseObject(response.text)?.device_code === undefined, 'no device_code', response)
    const device = await startDevice(t)
    const query = encodeForm({ grant_type, device_code: device.device_code, client_id: who.client_id })
    const polled = await t.send(formRequest(`${t.endpoints.token}?${query}`, ''))
    expectRefused(polled)
    check(!/authorization_pending|slow_down/.test(polled.text), 'an answer that does not come from the code', polled)
  }),
  conformanceCase(
    '6749-2.3.1-4',
    'MUST NOT',
    'a secret in the URI does not authenticate a client',
    ['confidentialPost'],
    async (t) => {
      const { client_id, client_secret = '' } = client(t, 'confidentialPost')
      const response = await post(t, `${t.endpoints.deviceAuthorization}?${encodeForm({ client_secret })}`, {
        client_id,
      })
      expectRefused(response)
    },
  ),
  conformanceCase('6749-2.3.1-5', 'MUST', 'secrets are sent only over https, or on loopback', [], expectTls),
]
