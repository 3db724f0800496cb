import { bodyParser } from '@koa/bodyparser'
import type { Context, Middleware } from 'koa'
import koaBody from 'koa-body'
import mount from 'koa-mount'
import { httpContract } from '../../core/test/http-contract.ts'
import { deviceAuth } from '../src/index.ts'
import { versions } from './versions.ts'

/** What applications have in front, by name. */
const parsers: Readonly<Record<string, () => readonly Middleware[]>> = {
  'no parser': () => [],
  '@koa/bodyparser, JSON alone': () => [bodyParser({ enableTypes: ['json'] })],
  '@koa/bodyparser, parsed': () => [bodyParser()],
  'koa-body, parsed': () => [koaBody()],
}

for (const [version, Koa] of versions) {
  for (const [name, middleware] of Object.entries(parsers)) {
    for (const where of ['at the root', 'under a prefix', 'under koa-mount']) {
      httpContract<Context>({
        name: `${version}, ${name}, ${where}`,
        prefix: where === 'at the root' ? '' : '/oauth',
        parsed: name.endsWith('parsed'),
        mount: (server, cookie) => {
          const app = new Koa()
          app.silent = true
          if (cookie !== undefined)
            app.use(async (ctx, next) => {
              ctx.append('Set-Cookie', cookie)
              await next()
            })
          for (const one of middleware()) app.use(one)
          if (where === 'under koa-mount') app.use(mount('/oauth', deviceAuth(server)))
          else app.use(deviceAuth(server, where === 'under a prefix' ? { prefix: '/oauth' } : {}))
          return app.callback()
        },
      })
    }
  }
}
