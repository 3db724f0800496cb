import { adapterContract, type MountAdapter } from '@device-auth/core/testing'
import { bodyParser } from '@koa/bodyparser'
import type { Context, Middleware } from 'koa'
import koaBody from 'koa-body'
import mountAt from 'koa-mount'
import { describe, test } from 'vitest'
import { deviceAuthMiddleware, metadataMiddleware } from '../src/index.ts'
import { versions } from './versions.ts'

/** The body parsers that applications put in front, by name. */
const parsers: Readonly<Record<string, () => readonly Middleware[]>> = {
  'no parser': () => [],
  '@koa/bodyparser, JSON alone': () => [bodyParser({ enableTypes: ['json'] })],
  '@koa/bodyparser, parsed': () => [bodyParser()],
  'koa-body, parsed': () => [koaBody()],
}

describe.each(versions)('%s', (_version, Koa) => {
  describe.each(Object.entries(parsers))('%s', (parser, middleware) => {
    describe.each(['at the root', 'under a prefix', 'under koa-mount'])('%s', (where) => {
      const mount: MountAdapter<Context> = (deviceAuth, cookie) => {
        const app = new Koa()
        app.silent = true
        if (cookie !== undefined)
          app.use(async (ctx, next) => {
            ctx.append('Set-Cookie', cookie)
            await next()
          })
        for (const one of middleware()) app.use(one)
        app.use(metadataMiddleware(deviceAuth))
        if (where === 'under koa-mount') app.use(mountAt('/oauth', deviceAuthMiddleware(deviceAuth)))
        else app.use(deviceAuthMiddleware(deviceAuth, where === 'under a prefix' ? { prefix: '/oauth' } : {}))
        return app.callback()
      }
      const prefix = where === 'at the root' ? '' : '/oauth'
      const parsed = parser.endsWith('parsed')
      const parsedJson = parser !== 'no parser'
      for (const { name, run } of adapterContract(mount, { prefix, parsed, parsedJson, atRoot: true })) test(name, run)
    })
  })
})
