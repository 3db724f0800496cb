// The three servers of Express, for either version of it.

import { createServer } from 'node:http'
import { deviceAuthRouter } from '@device-auth/express'
import { createPending } from './device-auth.js'
import { answerLean, createLean, noStore } from './pending.js'

const paths = ['/device_authorization', '/token']

export function expressKinds(express) {
  const create = () => express().disable('x-powered-by')
  return {
    lean(codes) {
      const { list, answer, approve } = createLean(codes)
      const app = create()
      app.use((req, res, next) => {
        if (req.method !== 'POST' || !paths.includes(req.url)) return next()
        answerLean(answer, req, res)
      })
      return { server: createServer(app), list, approve }
    },
    usual(codes) {
      const { list, answer, approve } = createLean(codes)
      const app = create().use(express.urlencoded({ extended: false }))
      app.post(paths, (req, res) => {
        const [status, body] = answer(req.path, req.body)
        res.status(status).set(noStore).json(JSON.parse(body))
      })
      return { server: createServer(app), list, approve }
    },
    async ours(codes) {
      const { deviceAuth, list, approve } = await createPending(codes)
      return { server: createServer(create().use(deviceAuthRouter(deviceAuth))), list, approve }
    },
  }
}
