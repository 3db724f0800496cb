import { type ConformanceCase, type ConformanceContext, conformanceCase } from '../case.ts'
import { client, encodeForm, formType } from '../client.ts'
import { poll, startDevice } from '../device.ts'
import { expectError } from '../expect.ts'
import { skip } from '../target.ts'
import { expectAllow, expectMethodNotAllowed } from './requests.ts'

/** Fails if a 405 does not name the right methods. Skips the case if the server never answers with 405. */
async function expectAllowed(t: ConformanceContext, url: string, parameters: Readonly<Record<string, string>>) {
  const statuses: number[] = []
  for (const method of ['GET', 'PUT']) {
    const response = await t.sendRaw({ method, url: `${url}?${encodeForm(parameters)}` })
    statuses.push(response.status)
    if (t.strict) await expectMethodNotAllowed(t, url, method, parameters)
    else if (response.status === 405) expectAllow(response, 'POST')
  }
  if (!statuses.includes(405)) throw skip(`needs a 405; this server answers GET and PUT with ${statuses.join(' and ')}`)
}

export const rfc9110Cases: readonly ConformanceCase[] = [
  ...(['deviceAuthorization', 'token'] as const).map((name) =>
    conformanceCase('9110-15.5.6', 'MUST', `405 of the ${name} endpoint names the allowed methods`, [], async (t) => {
      await expectAllowed(t, t.endpoints[name], { client_id: client(t, 'public').client_id })
    }),
  ),
  ...(['revocation', 'introspection'] as const).map((name) =>
    conformanceCase(
      '9110-15.5.6',
      'MUST',
      `405 of the ${name} endpoint names the allowed methods`,
      [name],
      async (t) => {
        await expectAllowed(t, t.endpoints[name] ?? '', { token: 'x' })
      },
    ),
  ),
  conformanceCase('6749-3.2-1', 'own', 'a GET with a body does not redeem a code', [], async (t) => {
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
