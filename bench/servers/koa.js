import { createServer } from 'node:http'
import { deviceAuthMiddleware } from '@device-auth/koa'
import bodyParser from '@koa/bodyparser'
import Koa from 'koa'
import { createPending } from './device-auth.js'
import { answerLean, createLean, noStore } from './pending.js'

/** A plain function that reads the stream and writes the response past Koa. */
export function lean(codes) {
  const { list, answer, approve } = createLean(codes)
  const app = new Koa()
  app.use((ctx, next) => {
    if (ctx.req.method !== 'POST') return next()
    ctx.respond = false
    answerLean(answer, ctx.req, ctx.res)
  })
  return { server: createServer(app.callback()), list, approve }
}

export function usual(codes) {
  const { list, answer, approve } = createLean(codes)
  const app = new Koa()
  app.use(bodyParser())
  app.use((ctx, next) => {
    if (ctx.method !== 'POST') return next()
    const [status, body] = answer(ctx.path, ctx.request.body)
    ctx.status = status
    ctx.set(noStore)
    ctx.body = JSON.parse(body)
  })
  return { server: createServer(app.callback()), list, approve }
}

export async function ours(codes) {
  const { deviceAuth, list, approve } = await createPending(codes)
  return { server: createServer(new Koa().use(deviceAuthMiddleware(deviceAuth)).callback()), list, approve }
}
