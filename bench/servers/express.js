import { createServer } from 'node:http'
import { deviceAuthRouter } from '@device-auth/express'
import express from 'express'
import { createPending } from './device-auth.js'

export async function start(codes) {
  const { deviceAuth, list } = await createPending(codes)
  const app = express()
  app.disable('x-powered-by')
  app.use(deviceAuthRouter(deviceAuth))
  return { server: createServer(app), list }
}
