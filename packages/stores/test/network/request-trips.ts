import { createDeviceAuth, type DeviceStore, deviceClient, type OAuthRequest } from '@device-auth/core'
import { scriptedUser } from '@device-auth/core/testing'
import type { Wire } from './wire.ts'

/** Round trips to the database for each request of a device and its user, from the codes to a refresh. */
export async function requestTrips(store: DeviceStore, wire: Wire): Promise<Readonly<Record<string, number>>> {
  const deviceAuth = createDeviceAuth<{ user?: { id: string } }>({
    issuer: 'https://example.com/oauth',
    clients: [deviceClient({ client_id: 'tv', scope: 'profile' })],
    secret: 'a secret of at least thirty-two characters',
    store,
  })
  const trips: Record<string, number> = {}
  const count = async <T>(name: string, work: Promise<T>): Promise<T> => {
    const before = wire.turns()
    const answer = await work
    trips[name] = wire.turns() - before
    return answer
  }
  const send = async (path: string, form: Record<string, string>): Promise<Record<string, string>> => {
    const endpoint = deviceAuth.route('POST', path)
    if (endpoint === undefined) throw new Error(`no endpoint at ${path}`)
    const { body, status } = await endpoint(devicePost(path, form))
    if (status >= 500) throw new Error(body)
    return JSON.parse(body)
  }
  const signIn = async (): Promise<void> => {
    const codes = await count('device authorization', send('/device_authorization', { client_id: 'tv' }))
    const grant_type = 'urn:ietf:params:oauth:grant-type:device_code'
    const poll = { client_id: 'tv', grant_type, device_code: codes.device_code ?? '' }
    await count('poll', send('/token', poll))
    const user = scriptedUser(deviceAuth, { id: 'alice' }, { ip: '198.51.100.7' })
    const confirm = await count('code, to the confirm page', user.enter(codes.user_code ?? ''))
    await count('decision', confirm.approve())
    const { refresh_token = '', access_token = '' } = await count('redemption', send('/token', poll))
    await count('access token, first use', deviceAuth.authenticate(access_token))
    await count('access token', deviceAuth.authenticate(access_token))
    await count('refresh', send('/token', { client_id: 'tv', grant_type: 'refresh_token', refresh_token }))
  }
  await signIn() // opens the connection, and loads the scripts
  await signIn()
  return trips
}

function devicePost(path: string, form: Record<string, string>): OAuthRequest<{ user?: { id: string } }> {
  const headers = { 'content-type': 'application/x-www-form-urlencoded', 'user-agent': 'television' }
  const query = new URLSearchParams()
  return { method: 'POST', path, query, headers, form: new URLSearchParams(form), ip: '203.0.113.5', native: {} }
}
