import { type ConformanceCase, conformanceCase } from '../case.ts'
import { readChallenges } from '../challenges.ts'
import { basicHeader, client, deviceCodeGrantType, post, postAs } from '../client.ts'
import { approve, poll, startDevice } from '../device.ts'
import { check, expectError, expectStatus, expectTokens } from '../expect.ts'
import { expectMethodNotAllowed, expectRepeatRefused } from './requests.ts'
import { expectAuthentication } from './rfc8628-request.ts'
import { expectAuthenticatedRedemption } from './rfc8628-token.ts'

const grant_type = deviceCodeGrantType

export const rfc6749EndpointCases: readonly ConformanceCase[] = [
  conformanceCase(
    '6749-3.2-1',
    'SHOULD',
    'the token endpoint refuses other methods than POST, and they do not redeem a code',
    [],
    async (t) => {
      const device = await startDevice(t)
      await approve(t, device)
      const parameters = { grant_type, device_code: device.device_code, client_id: device.client.client_id }
      for (const method of ['GET', 'PUT', 'DELETE', 'HEAD'])
        await expectMethodNotAllowed(t, t.endpoints.token, method, parameters)
      expectTokens(await poll(t, device))
    },
  ),
  conformanceCase(
    '6749-3.2-2..4',
    'MUST',
    'the token endpoint treats an empty parameter as missing and ignores unknown ones',
    [],
    async (t) => {
      const device = await startDevice(t)
      const parameters = {
        grant_type,
        device_code: device.device_code,
        client_secret: '',
        scope: '',
        foo: '1',
        __proto__x: '1',
      }
      const response = await postAs(t, device.client, t.endpoints.token, parameters)
      expectError(response, 'authorization_pending')
    },
  ),
  ...(['revocation', 'introspection'] as const).map((name) =>
    conformanceCase(
      '6749-3.2-2..4',
      'MUST',
      `the ${name} endpoint refuses a repeated token and treats an empty one as missing`,
      [name, 'resourceServer'],
      async (t) => {
        const { client_id, client_secret = '' } = client(t, 'resourceServer')
        const url = t.endpoints[name] ?? ''
        const headers = [basicHeader(client_id, client_secret)]
        await expectRepeatRefused(t, url, { token: 'one' }, 'token', 'two', headers)
        expectError(await post(t, url, { token: '', foo: '1' }, headers), 'invalid_request')
      },
    ),
  ),
  conformanceCase(
    '6749-3.2.1-1',
    'MUST',
    'a client with a secret has to authenticate at the token endpoint',
    ['confidentialBasic'],
    expectAuthenticatedRedemption,
  ),
  conformanceCase(
    '6749-10.2-1',
    'MUST',
    'a client with a secret is authenticated at every endpoint',
    ['confidentialBasic'],
    expectAuthentication,
  ),
  conformanceCase(
    '6749-5.2-2',
    'MUST',
    'a wrong secret in the header gets 401 with a challenge of the same scheme',
    ['confidentialBasic'],
    async (t) => {
      const who = client(t, 'confidentialBasic')
      for (const url of [t.endpoints.deviceAuthorization, t.endpoints.token]) {
        const response = await postAs(t, { ...who, client_secret: 'wrong' }, url, { grant_type, device_code: 'x' })
        expectStatus(response, 401)
        const header = response.headers.get('www-authenticate') ?? ''
        const basic = readChallenges(header).find(({ scheme }) => scheme === 'basic')
        check(basic !== undefined, `WWW-Authenticate: Basic, not '${header}'`, response)
        if (t.strict)
          check(
            basic.parameters.some(([name]) => name === 'realm'),
            `a realm in '${header}'`,
            response,
          )
      }
    },
  ),
  conformanceCase(
    '6749-5.2-4',
    'REQUIRED',
    'a client without the grant gets unauthorized_client',
    ['withoutGrant'],
    async (t) => {
      const who = client(t, 'withoutGrant')
      const statuses = t.strict ? 400 : [400, 403]
      const started = await postAs(t, who, t.endpoints.deviceAuthorization)
      // the RFCs leave it open which endpoint refuses
      if (t.strict || started.status !== 200) expectError(started, 'unauthorized_client', statuses)
      const response = await poll(t, { device_code: 'conformance-unknown', client: who })
      // the request has two faults, and RFC 6749 allows the error of either
      expectError(
        response,
        t.strict ? 'unauthorized_client' : ['unauthorized_client', 'invalid_request', 'invalid_grant'],
        statuses,
      )
    },
  ),
]
