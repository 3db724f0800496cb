import { createDeviceAuth, deviceClient, MemoryStore } from '@device-auth/core'
import { issuer, steppingClock } from './pending.js'

/** Our server with this number of pending credentials, each made through its endpoint. */
export async function createPending(codes) {
  let clock = Date.now
  const deviceAuth = createDeviceAuth({
    issuer,
    clients: [deviceClient({ client_id: 'tv', client_name: 'Living-room TV', scope: 'profile' })],
    store: new MemoryStore({ maxRecords: codes + 1 }),
    expiresIn: 3600,
    // so many codes have to be long, and within the limits
    userCode: { charset: 'BCDFGHJKLMNPQRSTVWXZ', mask: '****-****-***' },
    limits: { pending: 1_000_000, pendingPerClient: 1_000_000, requestsPerClient: 1_000_000 },
    clock: () => clock(),
  })
  const endpoint = deviceAuth.route('POST', '/device_authorization')
  if (endpoint === undefined) throw new Error('no device authorization endpoint')
  const list = []
  for (let i = 0; i < codes; i++) {
    const { body } = await endpoint({
      method: 'POST',
      path: '/device_authorization',
      query: new URLSearchParams(),
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      form: new URLSearchParams('client_id=tv'),
      ip: undefined,
      native: undefined,
    })
    list.push(JSON.parse(body).device_code)
  }
  clock = steppingClock(codes)
  return { deviceAuth, list }
}
