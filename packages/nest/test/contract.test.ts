import { httpContract } from '../../core/test/http-contract.ts'
import { listenerOf } from './application.ts'
import { majors, platforms } from './majors.ts'

for (const [name, nest] of majors) {
  for (const platform of platforms) {
    for (const where of ['at the root', 'under a path', 'under a global prefix']) {
      httpContract<unknown>({
        name: `${name} on ${platform}, ${where}`,
        prefix: where === 'at the root' ? '' : where === 'under a path' ? '/oauth' : '/api/oauth',
        mount: (deviceAuth) => {
          const module = nest.DeviceAuthModule.forRoot({ deviceAuth, path: where === 'at the root' ? '' : 'oauth' })
          return listenerOf(nest, platform, { imports: [module] }, (app) => {
            if (where === 'under a global prefix') app.setGlobalPrefix('api')
          })
        },
      })
    }
  }
}
