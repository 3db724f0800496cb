// An adapter translates and decides nothing. This one does what a new one must do:
// 1. make the server of options or take it as it is: `resolveDeviceAuth`;
// 2. register its paths below the mount point and those at the root of the host: `paths`, `pathsAtRoot`; find the
//    endpoint by the path as it was sent, because a router may accept other spellings: `route`, `routeAtRoot`;
// 3. let the framework go on where there is no endpoint;
// 4. let core read the form and run the endpoint: `answerNode`; write the response in the framework's own way;
// 5. pass the client's address as the framework's proxy setting finds it, and the framework's request as `native`;
// 6. pass `adapterContract` of @device-auth/core/testing, with every body parser that applications put in front.
import type { DeviceAuth, DeviceAuthOptions, TokenClaims } from '@device-auth/core'
import {
  answerNode,
  checkMount,
  pathBelow,
  requireServer,
  resolveDeviceAuth,
  targetPath,
  watchMount,
} from '@device-auth/core/node'
import type {
  FastifyContentTypeParser,
  FastifyError,
  FastifyInstance,
  FastifyPluginAsync,
  FastifyReply,
  FastifyRequest,
  RegisterOptions,
} from 'fastify'
import plugin from 'fastify-plugin'
import { requireToken } from './require-token.ts'
import { respond } from './respond.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** The server that the plugin serves. */
    deviceAuth: DeviceAuth<FastifyRequest>
    /** {@link requireToken} for that server: `preHandler: app.requireToken({ scope: 'videos' })`. */
    requireToken: (
      access?: Parameters<typeof requireToken>[1],
    ) => (request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply | undefined>
  }
  interface FastifyRequest {
    /** The claims of the access token, set by `requireToken`. */
    deviceToken: TokenClaims | null
  }
}

/** Options of {@link deviceAuthPlugin}: the prefix, and the server or the options to create it with. */
export type DeviceAuthPluginOptions = {
  /** The path of the endpoints: `/oauth`. Default: the root. */
  readonly prefix?: string
} & ({ readonly deviceAuth: DeviceAuth<FastifyRequest> } | DeviceAuthOptions<FastifyRequest>)

const register: FastifyPluginAsync<DeviceAuthPluginOptions> = async (app, options) => {
  // Fastify itself reads the last two
  const {
    prefix,
    logLevel: _level,
    logSerializers: _serializers,
    ...given
  }: DeviceAuthPluginOptions & RegisterOptions = options
  checkMount('deviceAuthPlugin', { prefix })
  refuseSecond(app)
  if ('deviceAuth' in given) checkMount('deviceAuthPlugin', given, { deviceAuth: () => undefined })
  const deviceAuth =
    'deviceAuth' in given
      ? requireServer('deviceAuthPlugin', given.deviceAuth)
      : resolveDeviceAuth<FastifyRequest>(given)
  const { paths, route, pathsAtRoot, routeAtRoot } = deviceAuth
  const [first = ''] = paths
  app.decorate('deviceAuth', deviceAuth)
  app.decorate('requireToken', (access) => requireToken(deviceAuth, access))
  app.decorateRequest('deviceToken', null)
  app.addHook('onClose', () => deviceAuth.close())
  await app.register(
    async (scope) => {
      // Fastify knows the whole path of a route when it is registered
      const remedy = (mount: string): string => `app.register(deviceAuthPlugin, { prefix: '${mount}', ... })`
      watchMount(deviceAuth, remedy)(`${scope.prefix}${first}`, first)
      serve(scope, paths, route)
    },
    { prefix: prefix ?? '' },
  )
  // only the outermost instance can serve a path at the root of the host
  const atRoot = app.prefix === '' ? pathsAtRoot.filter((url) => !app.hasRoute({ method: 'GET', url })) : []
  if (atRoot.length > 0) await app.register(async (scope) => serve(scope, atRoot, routeAtRoot))
}

/** Fastify's own error would name a decorator, and not say where a second server may be. */
function refuseSecond(app: FastifyInstance): void {
  if (!app.hasDecorator('deviceAuth')) return
  const scope = 'app.register(async (scope) => { await scope.register(deviceAuthPlugin, ...) })'
  throw new Error(
    `deviceAuthPlugin is registered already. If you want two servers, register each in a scope of its own, side by side: ${scope}.`,
  )
}

/**
 * The endpoints and pages, for `app.register(deviceAuthPlugin, { prefix: '/oauth', ...options })`, or with
 * `{ prefix, deviceAuth }` and the object that `createDeviceAuth` returned. Content type parsers of the application are
 * neither used nor changed. The client's address is `request.ip`, as `trustProxy` says. The user who is signed in is
 * `request.user`, unless the hook `authenticateUser` says otherwise. Decorates the instance with `deviceAuth` and
 * `requireToken`. On the outermost instance it also serves the metadata at the root of the host. `app.close()` closes the
 * `deviceAuth` too.
 *
 * @throws {TypeError} for an option that is missing, misspelt or wrong.
 */
export const deviceAuthPlugin: FastifyPluginAsync<DeviceAuthPluginOptions> = plugin(register, {
  fastify: '5.x',
  name: '@device-auth/fastify',
})

type Route = DeviceAuth<FastifyRequest>['route']

/** Registers paths in a scope of their own where Fastify parses no body, so that core reads the form. */
function serve(scope: FastifyInstance, paths: readonly string[], route: Route): void {
  scope.removeAllContentTypeParsers()
  const leaveUnread: FastifyContentTypeParser = (_request, _payload, done) => done(null)
  // by its name too, because Fastify keeps a parser that it found by '*' for one request only
  scope.addContentTypeParser(['application/x-www-form-urlencoded', '*'], leaveUnread)
  const handler = createHandler(scope.prefix, route)
  // Fastify refuses a content type that it cannot parse before it asks a handler; the refusal has to be core's
  scope.setErrorHandler((error: Partial<FastifyError>, request, reply) => {
    if (error.code?.startsWith('FST_ERR_CTP_')) return handler(request, reply)
    throw error
  })
  for (const url of paths) scope.route({ method: scope.supportedMethods, url, handler })
}

/**
 * Finds the endpoint by the path as it was sent: Fastify decodes paths and may ignore their case. The handler returns nothing,
 * because Fastify then waits for the response without promises of its own.
 */
function createHandler(prefix: string, route: Route) {
  return (request: FastifyRequest, reply: FastifyReply): void => {
    const { raw, method, ip } = request
    const path = pathBelow(targetPath(raw.url ?? ''), prefix)
    const endpoint = path === undefined ? undefined : route(method, path)
    if (path === undefined || endpoint === undefined) {
      reply.callNotFound()
      return
    }
    answerNode(endpoint, raw, reply.raw, { path, ip, native: request }).then(
      (response) => (response === undefined ? reply.hijack() : respond(reply, response)),
      (error: unknown) => reply.send(error),
    )
  }
}
