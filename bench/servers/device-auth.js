import { createDeviceAuth, deviceClient, MemoryStore } from '@device-auth/core'
import { issuer, steppingClock } from './pending.js'

/**
 * Our server with this number of pending credentials, each made through its endpoint. With codes to poll its clock steps, so
 * that no poll is too early, unless another clock is given.
 *
 * @returns the server, the device codes, `ask` for one more, and `approve` for a list of user codes
 */
export async function createPending(codes, { store = new MemoryStore({ maxRecords: 1_000_000 }), clock } = {}) {
  let now = clock ?? Date.now
  const deviceAuth = createDeviceAuth({
    issuer,
    clients: [deviceClient({ client_id: 'tv', client_name: 'Living-room TV', scope: 'profile' })],
    store,
    expiresIn: 3600,
    // so many codes have to be long, and within the limits
    userCode: { charset: 'BCDFGHJKLMNPQRSTVWXZ', mask: '****-****-***' },
    limits: { pending: 1_000_000, pendingPerClient: 1_000_000, requestsPerClient: 1_000_000 },
    clock: () => now(),
  })
  const endpoint = deviceAuth.route('POST', '/device_authorization')
  if (endpoint === undefined) throw new Error('no device authorization endpoint')
  const ask = async () => {
    const { body } = await endpoint({
      method: 'POST',
      path: '/device_authorization',
      query: new URLSearchParams(),
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      form: new URLSearchParams('client_id=tv'),
      ip: undefined,
      native: undefined,
    })
    return JSON.parse(body).device_code
  }
  const list = []
  for (let i = 0; i < codes; i++) list.push(await ask())
  if (codes > 0 && clock === undefined) now = steppingClock(codes)
  const approve = async (userCodes) => {
    for (const one of userCodes) await deviceAuth.approve(one, { subject: 'ada' })
  }
  return { deviceAuth, list, ask, approve }
}
