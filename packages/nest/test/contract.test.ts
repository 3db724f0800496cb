import type { ServerResponse } from 'node:http'
import type { INestApplication } from '@nestjs/common'
import type { NestFastifyApplication } from '@nestjs/platform-fastify'
import { httpContract } from '../../core/test/http-contract.ts'
import { listenerOf } from './application.ts'
import { majors, type Platform, platforms } from './majors.ts'

for (const [name, nest] of majors) {
  for (const platform of platforms) {
    for (const where of [
      'at the root',
      'under a path',
      'under a global prefix',
      'with raw bodies',
      'without parsers',
    ]) {
      // there Fastify refuses forms at whatever is not quite our path
      if (platform === 'Fastify' && where === 'without parsers') continue
      httpContract<unknown>({
        name: `${name} on ${platform}, ${where}`,
        prefix: where === 'at the root' ? '' : where === 'under a global prefix' ? '/api/oauth' : '/oauth',
        mount: (deviceAuth, cookie) => {
          const module = nest.DeviceAuthModule.forRoot({ deviceAuth, path: where === 'at the root' ? '' : 'oauth' })
          const options = { bodyParser: where !== 'without parsers', rawBody: where === 'with raw bodies' }
          const prepare = (app: INestApplication): void => {
            if (where === 'under a global prefix') app.setGlobalPrefix('api')
            if (cookie !== undefined) setCookie(app, platform, cookie)
          }
          return listenerOf(nest, platform, { imports: [module] }, prepare, options)
        },
      })
    }
  }
}

/** What the application in front sets on every answer. */
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
