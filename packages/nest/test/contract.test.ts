import type { ServerResponse } from 'node:http'
import { adapterContract, type MountAdapter } from '@device-auth/core/testing'
import type { INestApplication } from '@nestjs/common'
import type { NestFastifyApplication } from '@nestjs/platform-fastify'
import { describe, test } from 'vitest'
import { listenerOf } from './application.ts'
import { majors, type Platform, platforms } from './majors.ts'

const ways = ['at the root', 'under a path', 'under a global prefix', 'with raw bodies', 'without parsers']

describe.each(majors)('%s', (_name, nest) => {
  describe.each(platforms)('on %s', (platform) => {
    // without parsers Fastify refuses forms at every path that is not exactly one of ours
    const served = ways.filter((way) => !(platform === 'Fastify' && way === 'without parsers'))
    describe.each(served)('%s', (way) => {
      const mount: MountAdapter<unknown> = (deviceAuth, cookie) => {
        const paths = { globalTokenRevocation: '/global-token-revocation', securityEvents: '/security-events' }
        const path = way === 'at the root' ? '' : 'oauth'
        const module = nest.DeviceAuthModule.forRoot({ deviceAuth, path, paths, compatibility: ['github'] })
        const options = { bodyParser: way !== 'without parsers', rawBody: way === 'with raw bodies' }
        const prepare = (app: INestApplication): void => {
          if (way === 'under a global prefix') app.setGlobalPrefix('api')
          if (cookie !== undefined) setCookie(app, platform, cookie)
        }
        return listenerOf(nest, platform, { imports: [module] }, prepare, options)
      }
      const prefix = way === 'at the root' ? '' : way === 'under a global prefix' ? '/api/oauth' : '/oauth'
      // raw bodies are kept beside the object that the parser made
      const parsedJson = way !== 'without parsers' && way !== 'with raw bodies'
      for (const { name, run } of adapterContract(mount, { prefix, parsedJson, atRoot: true })) test(name, run)
    })
  })
})

/** Sets a cookie on every response, as an application in front does. */
function setCookie(app: INestApplication, platform: Platform, cookie: string): void {
  if (platform === 'Express') {
    app.use((_req: unknown, res: ServerResponse, next: () => void) => {
      res.setHeader('Set-Cookie', cookie)
      next()
    })
  } else {
    const instance = (app as NestFastifyApplication).getHttpAdapter().getInstance()
    instance.addHook('onRequest', async (_request, reply) => void reply.header('Set-Cookie', cookie))
  }
}
