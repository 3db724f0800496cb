import { type DeviceAuth, type DeviceAuthOptions, type Endpoint, errorResponse, isOAuthError } from '@device-auth/core'
import { formOf, pathBelow, requestHeaders, resolveDeviceAuth, targetPath, targetQuery } from '@device-auth/core/node'
import type { FastifyError, FastifyInstance, FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import plugin from 'fastify-plugin'
import { requireToken } from './require-token.ts'
import { respond } from './respond.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** The server that the plugin serves. */
    deviceAuth: DeviceAuth<FastifyRequest>
    /** {@link requireToken} for that server: `preHandler: app.requireToken({ scope: 'videos' })`. */
    requireToken: (
      options?: Parameters<typeof requireToken>[1],
    ) => (request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply | undefined>
  }
  interface FastifyRequest {
    /** What the access token says; `requireToken` sets it. */
    deviceToken: import('@device-auth/core').TokenClaims | null
  }
}

/** Options of the plugin: the server, or what to make it of, and where it is. */
export type DeviceAuthPluginOptions = {
  /** Where the endpoints are: `/oauth`. Default: the root. */
  readonly prefix?: string
} & ({ readonly deviceAuth: DeviceAuth<FastifyRequest> } | DeviceAuthOptions<FastifyRequest>)

const register: FastifyPluginAsync<DeviceAuthPluginOptions> = async (app, { prefix = '', ...given }) => {
  const deviceAuth = 'deviceAuth' in given ? given.deviceAuth : resolveDeviceAuth<FastifyRequest>(given)
  app.decorate('deviceAuth', deviceAuth)
  app.decorate('requireToken', (options) => requireToken(deviceAuth, options))
  app.decorateRequest('deviceToken', null)
  await app.register(async (scope) => serve(scope, deviceAuth.paths, deviceAuth.route), { prefix })
  const atRoot = `/.well-known/oauth-authorization-server${new URL(deviceAuth.issuer).pathname.replace(/\/$/, '')}`
  // a well-known address is the host's: only the outermost instance can serve it
  if (app.prefix === '' && !app.hasRoute({ method: 'GET', url: atRoot })) {
    await app.register(async (scope) => serve(scope, [atRoot], deviceAuth.routeAtRoot))
  }
}

/**
 * The endpoints and pages: `app.register(deviceAuthPlugin, { prefix: '/oauth', ...options })`, or
 * `{ prefix, deviceAuth }` with the object that `createDeviceAuth` made. Content type parsers of the application are
 * neither used nor changed; `trustProxy` decides about `request.ip`; who is signed in is `request.user`, unless a hook
 * says otherwise. Decorates the instance with `deviceAuth` and `requireToken`.
 */
export const deviceAuthPlugin: FastifyPluginAsync<DeviceAuthPluginOptions> = plugin(register, {
  fastify: '5.x',
  name: '@device-auth/fastify',
})

/** In a scope of their own, where no body is parsed: the form is read with the cap and the checks of core. */
function serve(scope: FastifyInstance, paths: readonly string[], find: Find): void {
  scope.removeAllContentTypeParsers()
  scope.addContentTypeParser('*', (_request, _payload, done) => done(null))
  const handler = createHandler(scope.prefix, find)
  // Fastify itself refuses a content type that it cannot read; core does so in OAuth's words
  scope.setErrorHandler((error: Partial<FastifyError>, request, reply) => {
    if (error.code?.startsWith('FST_ERR_CTP_')) return handler(request, reply)
    throw error
  })
  for (const url of paths) scope.route({ method: scope.supportedMethods, url, handler })
}

type Find = DeviceAuth<FastifyRequest>['route']
type Handler = (request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply> | undefined

/** Fastify decodes paths, and may ignore their case; a proxy in front has perhaps allowed another one. */
function createHandler(prefix: string, find: Find): Handler {
  return (request, reply) => {
    const path = pathBelow(targetPath(request.raw.url ?? ''), prefix)
    const endpoint = path === undefined ? undefined : find(request.method, path)
    if (path !== undefined && endpoint !== undefined) return answer(endpoint, path, request, reply)
    reply.callNotFound()
    return undefined
  }
}

async function answer(
  endpoint: Endpoint<FastifyRequest>,
  path: string,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { method, raw, ip } = request
  const headers = requestHeaders(raw)
  const query = new URLSearchParams(targetQuery(raw.url ?? ''))
  try {
    const form = method === 'POST' ? await formOf(raw) : new URLSearchParams()
    // the client has gone in the middle of its form
    if (form === undefined) return reply.hijack()
    return respond(reply, await endpoint({ method, path, query, headers, form, ip, native: request }))
  } catch (error) {
    if (isOAuthError(error)) return respond(reply, errorResponse(error))
    throw error
  }
}
