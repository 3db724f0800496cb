import type { INestApplication } from '@nestjs/common'
import { httpContract } from '../../core/test/http-contract.ts'
import { listenerOf } from './application.ts'
import { majors, platforms } from './majors.ts'

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
        mount: (deviceAuth) => {
          const module = nest.DeviceAuthModule.forRoot({ deviceAuth, path: where === 'at the root' ? '' : 'oauth' })
          const options = { bodyParser: where !== 'without parsers', rawBody: where === 'with raw bodies' }
          const prepare = (app: INestApplication): void => {
            if (where === 'under a global prefix') app.setGlobalPrefix('api')
          }
          return listenerOf(nest, platform, { imports: [module] }, prepare, options)
        },
      })
    }
  }
}
