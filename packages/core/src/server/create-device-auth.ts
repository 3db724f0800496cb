import type { ServerContext } from '../contract/context.ts'
import type { DeviceAuth } from '../contract/device-auth.ts'
import type { GrantHandler } from '../contract/grant.ts'
import type { DeviceAuthOptions, ResolvedOptions } from '../contract/options.ts'
import { createDevicesApi } from '../devices/api.ts'
import { changeDevices, showDevices } from '../devices/endpoint.ts'
import { deviceAuthorizationEndpoint } from '../endpoints/device-authorization.ts'
import { introspectionEndpoint } from '../endpoints/introspection.ts'
import { metadataEndpoint, serverMetadata } from '../endpoints/metadata.ts'
import { revocationEndpoint } from '../endpoints/revocation.ts'
import { tokenEndpoint } from '../endpoints/token.ts'
import { deviceCodeGrant } from '../grants/device-code-grant.ts'
import { refreshTokenGrant } from '../grants/refresh-token-grant.ts'
import type { Endpoint, OAuthRequest, OAuthResponse } from '../http.ts'
import { resolveOptions } from '../options/resolve.ts'
import { describePolicy } from '../policy/describe-policy.ts'
import { DEVICE_CODE_GRANT_TYPE, REFRESH_TOKEN_GRANT_TYPE } from '../protocol.ts'
import { runStoreCheck } from '../time-limit.ts'
import { authenticate } from '../tokens/find-token.ts'
import { createVerificationApi } from '../verification/api.ts'
import { showVerification, submitVerification } from '../verification/endpoint.ts'
import { createContext } from './context.ts'
import { createRoute, type Methods } from './routes.ts'
import { clockWarnings } from './store-time.ts'

/**
 * Makes a device sign-in server. Pass it to the adapter of a framework, or call its endpoints with
 * {@link DeviceAuth.route}. It listens on no port and opens no connection.
 *
 * @typeParam Native - The framework's request, as hooks get it in `request.native`.
 * @param given - The options. They are checked here, once.
 * @throws {OptionError} for an option that cannot work. The message names the option, the value and what is expected.
 * @see {@link https://www.rfc-editor.org/rfc/rfc8628#section-3 RFC 8628 section 3}
 * @example
 * ```ts
 * const deviceAuth = createDeviceAuth({
 *   issuer: 'https://example.com/oauth',
 *   clients: [deviceClient({ client_id: 'tv', client_name: 'Living-room TV', scope: 'profile' })],
 *   scopes: { profile: 'See your name and picture' },
 *   loginUrl: '/login',
 * })
 * ```
 */
export function createDeviceAuth<Native = unknown>(given: DeviceAuthOptions<Native>): DeviceAuth<Native> {
  const options = resolveOptions(given)
  const context = createContext(options, given)
  const grants = createGrants(context)
  const metadata = serverMetadata(options, [...grants.keys()])
  const metadataOnly: Methods<Native> = { GET: metadataEndpoint(metadata) }
  const table = createTable(grants, metadataOnly, context)
  const pathAtRoot = metadataPathAtRoot(options)
  return Object.freeze({
    route: createRoute(table),
    paths: Object.freeze([...table.keys()]),
    pathAtRoot,
    routeAtRoot: createRoute(new Map([[pathAtRoot, metadataOnly]])),
    ...createVerificationApi(context),
    matchingNumber: (id: string) => context.matchingNumbers(id)[0],
    authenticate: (accessToken: string) => authenticate(accessToken, context),
    authenticateUser: context.hooks.authenticateUser,
    devices: createDevicesApi(context),
    describePolicy: () => describePolicy(context, Array.isArray(given.clients) ? given.clients : undefined),
    on: context.events.on.bind(context.events),
    issuer: options.issuer,
    metadata,
    check: async () => [
      ...(await runStoreCheck(options.store, options.timeout * 1000)),
      ...(await clockWarnings(context.storeClock)),
    ],
    close: async () => options.store.close(),
  })
}

function createGrants<Native>(context: ServerContext<Native>): ReadonlyMap<string, GrantHandler<Native>> {
  const grants = new Map<string, GrantHandler<Native>>([[DEVICE_CODE_GRANT_TYPE, deviceCodeGrant(context)]])
  if (context.options.refreshToken !== false) grants.set(REFRESH_TOKEN_GRANT_TYPE, refreshTokenGrant(context))
  for (const [grantType, grant] of Object.entries(context.options.grants)) grants.set(grantType, grant)
  return grants
}

function createTable<Native>(
  grants: ReadonlyMap<string, GrantHandler<Native>>,
  metadata: Methods<Native>,
  context: ServerContext<Native>,
): ReadonlyMap<string, Methods<Native>> {
  const { paths } = context.options
  const table = new Map<string, Methods<Native>>([
    [paths.token, { POST: tokenEndpoint(grants, context) }],
    [paths.deviceAuthorization, { POST: deviceAuthorizationEndpoint(context) }],
    [paths.metadata, metadata],
  ])
  const post = (path: string | false, endpoint: Endpoint<Native>): void => {
    if (path !== false) table.set(path, { POST: endpoint })
  }
  post(paths.revocation, revocationEndpoint(context))
  post(paths.introspection, introspectionEndpoint(context))
  if (paths.devices !== false) table.set(paths.devices, { GET: showDevices(context), POST: changeDevices(context) })
  if (paths.verification !== false) {
    table.set(paths.verification, { GET: showVerification(context), POST: submitVerification(context) })
  }
  return inTime(table, context)
}

/** The endpoints, which first wait until the time of the database is known. */
function inTime<Native>(
  table: ReadonlyMap<string, Methods<Native>>,
  { synchronize }: ServerContext<Native>,
): ReadonlyMap<string, Methods<Native>> {
  if (synchronize === undefined) return table
  const timed = (endpoint: Endpoint<Native>): Endpoint<Native> => {
    return (request) => {
      const pending = synchronize()
      return pending === undefined ? endpoint(request) : answerAfter(pending, endpoint, request)
    }
  }
  const methods = ({ GET, POST }: Methods<Native>): Methods<Native> => ({
    ...(GET && { GET: timed(GET) }),
    ...(POST && { POST: timed(POST) }),
  })
  return new Map([...table].map(([path, endpoints]) => [path, methods(endpoints)]))
}

async function answerAfter<Native>(
  pending: Promise<void>,
  endpoint: Endpoint<Native>,
  request: OAuthRequest<Native>,
): Promise<OAuthResponse> {
  await pending
  return endpoint(request)
}

/**
 * The path of the metadata at the root of the host: the issuer's path comes last.
 * @see {@link https://www.rfc-editor.org/rfc/rfc8414#section-3.1 RFC 8414 section 3.1}
 */
function metadataPathAtRoot<Native>({ issuer }: ResolvedOptions<Native>): string {
  return `/.well-known/oauth-authorization-server${new URL(issuer).pathname.replace(/\/$/, '')}`
}
