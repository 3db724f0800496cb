import { type ConformanceCase, conformanceCase } from '../case.ts'
import { client, encodeForm, formType } from '../client.ts'
import { poll, startDevice } from '../device.ts'
import { expectError } from '../expect.ts'
import { expectMethodNotAllowed } from './requests.ts'

export const rfc9110Cases: readonly ConformanceCase[] = [
  ...(['deviceAuthorization', 'token'] as const).map((name) =>
    conformanceCase('9110-15.5.6', 'MUST', `405 of the ${name} endpoint names the allowed methods`, [], async (t) => {
      for (const method of ['GET', 'PUT'])
        await expectMethodNotAllowed(t, t.endpoints[name], method, { client_id: client(t, 'public').client_id })
    }),
  ),
  ...(['revocation', 'introspection'] as const).map((name) =>
    conformanceCase(
      '9110-15.5.6',
      'MUST',
      `405 of the ${name} endpoint names the allowed methods`,
      [name],
      async (t) => {
        await expectMethodNotAllowed(t, t.endpoints[name] ?? '', 'PUT', { token: 'x' })
      },
    ),
  ),
  conformanceCase('6749-3.2-1', 'MUST', 'a GET with a body does not redeem a code', [], async (t) => {
    const device = await startDevice(t)
    const body = encodeForm({ device_code: device.device_code, client_id: device.client.client_id })
    const response = await t.sendRaw({
      method: 'GET',
      url: t.endpoints.token,
      headers: [['Content-Type', formType]],
      body,
    })
    if (t.strict) expectError(response, 'invalid_request', 405)
    expectError(await poll(t, device), 'authorization_pending')
  }),
]
