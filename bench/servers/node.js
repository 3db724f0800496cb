import { createServer } from 'node:http'
import { toNodeHandler } from '@device-auth/core/node'
import { createPending } from './device-auth.js'
import { answerLean, createLean } from './pending.js'

export function lean(codes) {
  const { list, answer, approve } = createLean(codes)
  return { server: createServer((req, res) => answerLean(answer, req, res)), list, approve }
}

export async function ours(codes) {
  const { deviceAuth, list, approve } = await createPending(codes)
  return { server: createServer(toNodeHandler(deviceAuth)), list, approve }
}
