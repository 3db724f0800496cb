import { deviceAuthPlugin } from '@device-auth/fastify'
import formbody from '@fastify/formbody'
import { fastify } from 'fastify'
import { createPending } from './device-auth.js'
import { answerLean, createLean, noStore } from './pending.js'

const paths = ['/device_authorization', '/token']

/** A plain function that reads the stream and writes the response past Fastify. */
export async function lean(codes) {
  const { list, answer, approve } = createLean(codes)
  const app = fastify()
  app.addContentTypeParser('application/x-www-form-urlencoded', (_request, _payload, done) => done(null))
  for (const path of paths) {
    app.post(path, (request, reply) => {
      reply.hijack()
      answerLean(answer, request.raw, reply.raw)
    })
  }
  return listening(app, { list, approve })
}

export async function usual(codes) {
  const { list, answer, approve } = createLean(codes)
  const app = fastify()
  await app.register(formbody)
  for (const path of paths) {
    app.post(path, async (request, reply) => {
      const [status, body] = answer(request.url, request.body)
      return reply.code(status).headers(noStore).send(JSON.parse(body))
    })
  }
  return listening(app, { list, approve })
}

export async function ours(codes) {
  const { deviceAuth, list, approve } = await createPending(codes)
  const app = fastify()
  await app.register(deviceAuthPlugin, { deviceAuth })
  return listening(app, { list, approve })
}

async function listening(app, served) {
  await app.ready()
  return { server: app.server, ...served }
}
