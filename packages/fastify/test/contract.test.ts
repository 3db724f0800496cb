import { adapterContract, type MountAdapter } from '@device-auth/core/testing'
import formbody from '@fastify/formbody'
import { type FastifyInstance, type FastifyRequest, fastify } from 'fastify'
import { describe, test } from 'vitest'
import { deviceAuthPlugin } from '../src/index.ts'

/** The body parsers of applications, by name; none of them may change an answer. */
const parsers: Readonly<Record<string, (app: FastifyInstance) => void>> = {
  'no parser but its own': () => {},
  '@fastify/formbody': (app) => void app.register(formbody),
  'a parser of everything': (app) =>
    app.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => done(null, body)),
}

describe.each(Object.entries(parsers))('Fastify 5, %s', (_parser, prepare) => {
  describe.each(['at the root', 'under a prefix', 'in a scope with a prefix'])('%s', (where) => {
    const prefix = where === 'at the root' ? '' : '/oauth'
    const mount: MountAdapter<FastifyRequest> = async (deviceAuth, cookie) => {
      const app = fastify()
      if (cookie !== undefined)
        app.addHook('onRequest', async (_request, reply) => void reply.header('Set-Cookie', cookie))
      prepare(app)
      if (where === 'in a scope with a prefix') {
        app.register(async (scope) => scope.register(deviceAuthPlugin, { deviceAuth }), { prefix })
      } else app.register(deviceAuthPlugin, { deviceAuth, prefix })
      await app.ready()
      return (req, res) => app.routing(req, res)
    }
    // a plugin cannot leave the prefix of its scope
    const atRoot = where !== 'in a scope with a prefix'
    for (const { name, run } of adapterContract(mount, { prefix, atRoot })) test(name, run)
  })
})
