import formbody from '@fastify/formbody'
import { type FastifyInstance, type FastifyRequest, fastify } from 'fastify'
import { httpContract } from '../../core/test/http-contract.ts'
import { deviceAuthPlugin } from '../src/index.ts'

/** What applications have in front, by name; no parser of theirs may matter. */
const parsers: Readonly<Record<string, (app: FastifyInstance) => void>> = {
  'no parser but its own': () => {},
  '@fastify/formbody': (app) => void app.register(formbody),
  'a parser of everything': (app) =>
    app.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => done(null, body)),
}

for (const [name, prepare] of Object.entries(parsers)) {
  for (const where of ['at the root', 'under a prefix', 'in a scope with a prefix']) {
    httpContract<FastifyRequest>({
      name: `Fastify 5, ${name}, ${where}`,
      prefix: where === 'at the root' ? '' : '/oauth',
      mount: (deviceAuth, cookie) => {
        const app = fastify()
        if (cookie !== undefined)
          app.addHook('onRequest', async (_request, reply) => void reply.header('Set-Cookie', cookie))
        prepare(app)
        if (where === 'in a scope with a prefix') {
          app.register(async (scope) => scope.register(deviceAuthPlugin, { deviceAuth }), { prefix: '/oauth' })
        } else app.register(deviceAuthPlugin, { deviceAuth, prefix: where === 'at the root' ? '' : '/oauth' })
        return async (req, res) => {
          await app.ready()
          app.routing(req, res)
        }
      },
    })
  }
}
