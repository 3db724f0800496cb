import { createServer } from 'node:http'
import { toNodeHandler } from '@device-auth/core/node'
import { createPending } from './device-auth.js'

export async function start(codes) {
  const { deviceAuth, list } = await createPending(codes)
  return { server: createServer(toNodeHandler(deviceAuth)), list }
}
