// The same application in each framework: the user comes from a header, the endpoints are below /oauth, two resources are guarded.
import type { IncomingMessage, RequestListener } from 'node:http'
import {
  checkToken,
  createDeviceAuth,
  type DeviceAuth,
  type DeviceAuthOptions,
  type RequestHeaders,
  type User,
} from '@device-auth/core'
import { requireToken as requireFetchToken, toFetchHandler } from '@device-auth/core/fetch'
import { targetPath, toNodeHandler, writeResponse } from '@device-auth/core/node'
import { deviceAuthRouter, metadataRouter, requireToken as requireExpressToken } from '@device-auth/express'
import { deviceAuthPlugin, requireToken as requireFastifyToken } from '@device-auth/fastify'
import { deviceAuthMiddleware, metadataMiddleware, requireToken as requireKoaToken } from '@device-auth/koa'
import { getRequestListener } from '@hono/node-server'
import type { Request, RequestHandler } from 'express'
import express4 from 'express4'
import express5 from 'express5'
import { type FastifyRequest, fastify } from 'fastify'
import { Hono } from 'hono'
import type { Context, Middleware } from 'koa'
import koa2 from 'koa2'
import koa3 from 'koa3'
import * as nest10 from 'nest10'
import * as nest11 from 'nest11'
import * as nest12 from 'nest12'
import { listenerOf } from '../packages/nest/test/application.ts'
import type { Nest, Platform } from '../packages/nest/test/majors.ts'

/** Options that do not depend on the framework's request. */
export type PlainOptions = Pick<
  DeviceAuthOptions,
  | 'issuer'
  | 'clock'
  | 'pages'
  | 'scopes'
  | 'clients'
  | 'interval'
  | 'longPolling'
  | 'keyBinding'
  | 'clientAuthentication'
  | 'registration'
  | 'resources'
  | 'authorizationDetails'
  | 'accessToken'
  | 'openid'
> & {
  readonly loginUrl?: string
}

export interface Adapted {
  readonly deviceAuth: Pick<DeviceAuth, 'approve' | 'deny' | 'find'>
  readonly listener: RequestListener
}

/** In place of a log-in: the user that the header names is signed in. */
function userOf(id: string): { id: string; name: string } {
  return { id, name: id }
}

function userOfHeader({ 'x-user': id }: RequestHeaders): User | undefined {
  return typeof id === 'string' ? { subject: id, username: id, session: `session of ${id}` } : undefined
}

function onExpress(express: typeof express5): (options: PlainOptions) => Adapted {
  const signedIn: RequestHandler = (req, _res, next) => {
    const id = req.get('x-user')
    if (id !== undefined) Object.assign(req, { user: userOf(id), sessionID: `session of ${id}` })
    next()
  }
  return (options) => {
    const deviceAuth = createDeviceAuth<Request>(options)
    const app = express()
    app.use(signedIn, metadataRouter(deviceAuth))
    app.use('/oauth', deviceAuthRouter(deviceAuth))
    for (const [path, scope] of resources) {
      app.get(path, requireExpressToken(deviceAuth, { scope }), (_req, res) => void res.json({}))
    }
    return { deviceAuth, listener: app }
  }
}

function onKoa(Koa: typeof koa3): (options: PlainOptions) => Adapted {
  const signedIn: Middleware = (ctx, next) => {
    const id = ctx.get('x-user')
    if (id !== '') ctx.state.user = userOf(id)
    return next()
  }
  return (options) => {
    const deviceAuth = createDeviceAuth<Context>(options)
    const app = new Koa()
    app
      .use(signedIn)
      .use(metadataMiddleware(deviceAuth))
      .use(deviceAuthMiddleware(deviceAuth, { prefix: '/oauth' }))
    for (const [path, scope] of resources) {
      const guard = requireKoaToken(deviceAuth, { scope })
      app.use((ctx, next) => {
        if (ctx.path !== path) return next()
        return guard(ctx, async () => {
          ctx.body = {}
        })
      })
    }
    return { deviceAuth, listener: app.callback() }
  }
}

function onFastify(options: PlainOptions): Adapted {
  const deviceAuth = createDeviceAuth<FastifyRequest>(options)
  const app = fastify()
  app.addHook('onRequest', async (request) => {
    const id = request.headers['x-user']
    if (typeof id === 'string') Object.assign(request, { user: userOf(id), sessionID: `session of ${id}` })
  })
  app.register(deviceAuthPlugin, { deviceAuth, prefix: '/oauth' })
  for (const [path, scope] of resources) {
    app.get(path, { preHandler: requireFastifyToken(deviceAuth, { scope }) }, () => ({}))
  }
  const listener: RequestListener = async (req, res) => {
    await app.ready()
    app.routing(req, res)
  }
  return { deviceAuth, listener }
}

function onHono(options: PlainOptions): Adapted {
  const deviceAuth = createDeviceAuth<globalThis.Request>({
    ...options,
    hooks: { authenticateUser: ({ headers }) => userOfHeader(headers) },
  })
  const app = new Hono()
  const handle = toFetchHandler(deviceAuth, { prefix: '/oauth', ip: () => '127.0.0.1' })
  app.all('/oauth/*', ({ req }) => handle(req.raw))
  app.all('/.well-known/oauth-authorization-server/oauth', ({ req }) => handle(req.raw))
  for (const [path, scope] of resources) {
    const checkRequest = requireFetchToken(deviceAuth, { scope })
    app.get(path, async ({ req }) => {
      const check = await checkRequest(req.raw)
      return 'response' in check ? check.response : Response.json({})
    })
  }
  return { deviceAuth, listener: getRequestListener(app.fetch) }
}

function onNode(options: PlainOptions): Adapted {
  const deviceAuth = createDeviceAuth<IncomingMessage>({
    ...options,
    hooks: { authenticateUser: ({ headers }) => userOfHeader(headers) },
  })
  const listener = toNodeHandler(
    deviceAuth,
    async (req, res) => {
      const scope = resources.get(targetPath(req.url ?? ''))
      if (scope === undefined) return res.writeHead(404).end()
      const request = { method: req.method ?? '', path: req.url ?? '', native: req }
      const check = await checkToken(deviceAuth, req.headers, { scope, request })
      if ('response' in check) return writeResponse(res, check.response)
      res.writeHead(200, { 'content-type': 'application/json' }).end('{}')
    },
    { prefix: '/oauth' },
  )
  return { deviceAuth, listener }
}

function onNest(nest: Nest, platform: Platform): (options: PlainOptions) => Adapted {
  const { Controller, Get, UseGuards } = nest.common
  return (options) => {
    const deviceAuth = createDeviceAuth(options)
    const controllers = [...resources].map(([path, scope]) => {
      class Resource {
        read(): object {
          return {}
        }
      }
      Get()(Resource.prototype, 'read', Object.getOwnPropertyDescriptor(Resource.prototype, 'read')!)
      for (const decorate of [Controller(path), UseGuards(nest.DeviceAuthGuard), nest.Scopes(scope)]) decorate(Resource)
      return Resource
    })
    const imports = [nest.DeviceAuthModule.forRoot({ deviceAuth })]
    const listener = listenerOf(nest, platform, { imports, controllers }, (app) => {
      const signedIn = (req: object & { headers: RequestHeaders }, _res: unknown, next: () => void): void => {
        const id = req.headers['x-user']
        if (typeof id === 'string') Object.assign(req, { user: userOf(id), sessionID: `session of ${id}` })
        next()
      }
      if (platform === 'Express') app.use(signedIn)
      else app.getHttpAdapter().getInstance().addHook('onRequest', signedIn)
    })
    return { deviceAuth, listener }
  }
}

const resources: ReadonlyMap<string, string> = new Map([
  ['/api', 'profile'],
  ['/admin', 'admin'],
])

/** Every adapter, with every supported major version of its framework. */
export const adapters: Readonly<Record<string, (options: PlainOptions) => Adapted>> = {
  'Express 4': onExpress(express4),
  'Express 5': onExpress(express5),
  'Koa 2': onKoa(koa2),
  'Koa 3': onKoa(koa3),
  'Fastify 5': onFastify,
  'Nest 10 on Express': onNest(nest10, 'Express'),
  'Nest 10 on Fastify': onNest(nest10, 'Fastify'),
  'Nest 11 on Express': onNest(nest11, 'Express'),
  'Nest 11 on Fastify': onNest(nest11, 'Fastify'),
  'Nest 12 on Express': onNest(nest12, 'Express'),
  'Nest 12 on Fastify': onNest(nest12, 'Fastify'),
  Hono: onHono,
  'node:http': onNode,
}
