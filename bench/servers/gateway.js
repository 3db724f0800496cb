import { createServer } from 'node:http'
import { createDeviceAuth, deviceClient, MemoryStore } from '@device-auth/core'
import { toNodeHandler } from '@device-auth/core/node'
import { issuer } from './pending.js'

/** Our server with the real clock; the codes are requested over HTTP. */
export async function start(codes) {
  const deviceAuth = createDeviceAuth({
    issuer,
    clients: [deviceClient({ client_id: 'tv', client_name: 'Living-room TV', scope: 'profile' })],
    store: new MemoryStore({ maxRecords: codes + 1 }),
    expiresIn: 3600,
    interval: Number(process.argv[5] ?? 5),
  })
  return { server: createServer(toNodeHandler(deviceAuth)), list: [] }
}
