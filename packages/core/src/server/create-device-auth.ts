import { requireText } from '../checks.ts'
import { mayAskWithoutSecret } from '../clients/registered-methods.ts'
import type { Dialect } from '../compatibility/dialect.ts'
import { dialectsOf } from '../compatibility/dialects.ts'
import { atOwnPath, describe, understand } from '../compatibility/speak.ts'
import type { ServerContext } from '../contract/context.ts'
import type { DeviceAuth, PresentedToken } from '../contract/device-auth.ts'
import type { GrantHandler } from '../contract/grant.ts'
import type { DeviceAuthOptions } from '../contract/options.ts'
import type { ResolvedOptions } from '../contract/resolved-options.ts'
import { createDevicesApi, revokeMatching } from '../devices/api.ts'
import { changeDevices, showDevices } from '../devices/endpoint.ts'
import { clientConfiguration, type EndClient } from '../endpoints/client-configuration.ts'
import { decisionEventsEndpoint } from '../endpoints/decision-events.ts'
import { deviceAuthorizationEndpoint } from '../endpoints/device-authorization.ts'
import { globalTokenRevocationEndpoint } from '../endpoints/global-token-revocation.ts'
import { introspectionEndpoint } from '../endpoints/introspection.ts'
import { jwksEndpoint } from '../endpoints/jwks.ts'
import { documentEndpoint, serverMetadata } from '../endpoints/metadata.ts'
import { openApiDocument } from '../endpoints/open-api/document.ts'
import { registrationEndpoint } from '../endpoints/registration.ts'
import { revocationEndpoint } from '../endpoints/revocation.ts'
import { securityEventsEndpoint } from '../endpoints/security-events.ts'
import type { EndSignIns } from '../endpoints/signals.ts'
import { tokenEndpoint } from '../endpoints/token.ts'
import { userInfoEndpoint } from '../endpoints/userinfo.ts'
import { decideEndpoint, presentEndpoint } from '../endpoints/verification-api.ts'
import { deviceCodeGrant } from '../grants/device-code-grant.ts'
import { longestWait } from '../grants/held-polls.ts'
import { refreshTokenGrant } from '../grants/refresh-token-grant.ts'
import { tokenExchangeGrant } from '../grants/token-exchange-grant.ts'
import type { Endpoint, OAuthRequest, OAuthResponse } from '../http.ts'
import { createLimitsApi } from '../limits/reset.ts'
import { givenOptions, resolveOptions } from '../options/resolve.ts'
import { describePolicy } from '../policy/describe-policy.ts'
import { DEVICE_CODE_GRANT_TYPE, REFRESH_TOKEN_GRANT_TYPE, TOKEN_EXCHANGE_GRANT_TYPE } from '../protocol.ts'
import { runStoreCheck } from '../time-limit.ts'
import { authenticate } from '../tokens/find-token.ts'
import { createVerificationApi } from '../verification/api.ts'
import { showVerification, submitVerification } from '../verification/endpoint.ts'
import { createVerification } from '../verification/for-other-pages.ts'
import { createContext } from './context.ts'
import { createHealth } from './health.ts'
import { createRoute, type Methods } from './routes.ts'
import { clockWarnings } from './store-time.ts'

/**
 * Makes a device sign-in server. Pass it to the adapter of a framework, or call its endpoints with
 * {@link DeviceAuth.route}. It listens on no port and opens no connection.
 *
 * @typeParam Native - The framework's request, as hooks get it in `request.native`.
 * @param all - The options. They are checked here, once; `null` counts as not given.
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
export function createDeviceAuth<Native = unknown>(all: DeviceAuthOptions<Native>): DeviceAuth<Native> {
  const given = givenOptions(all)
  const options = resolveOptions(given)
  const context = createContext(options, given)
  const grants = createGrants(context)
  const metadata = serverMetadata(options, [...grants.keys()], longestWait(context))
  const metadataOnly: Methods<Native> = { GET: documentEndpoint(metadata, context) }
  const table = createTable(grants, metadataOnly, context)
  const pathsAtRoot = metadataPathsAtRoot(options)
  const stores = [options.store, ...(options.registration === undefined ? [] : [options.registration.store])]
  const check = async (): Promise<readonly string[]> => {
    const checks = await Promise.all(stores.map((store) => runStoreCheck(store, options.timeout * 1000)))
    return [...new Set(checks.flat()), ...(await clockWarnings(context.storeClock))]
  }
  return Object.freeze({
    route: createRoute(table, context.traffic),
    paths: Object.freeze([...table.keys()]),
    pathAtRoot: pathsAtRoot[0],
    pathsAtRoot,
    routeAtRoot: createRoute(new Map(pathsAtRoot.map((path) => [path, metadataOnly])), context.traffic),
    ...createVerificationApi(context),
    verification: createVerification(context),
    matchingNumber(id: string) {
      requireText('matchingNumber', 'id', id)
      return context.matchingNumbers(id)[0]
    },
    authenticate: (accessToken: string, presented?: PresentedToken<Native>) =>
      authenticate(accessToken, presented, context),
    ...dpopAlgorithms(options),
    authenticateUser: context.hooks.authenticateUser,
    devices: createDevicesApi(context),
    limits: Object.freeze(createLimitsApi(context)),
    describePolicy: () =>
      describePolicy(context, Array.isArray(given.clients) ? given.clients : undefined, mayAskWithoutSecret),
    on: context.events.on.bind(context.events),
    issuer: options.issuer,
    clock: context.now,
    metadata,
    openApi: () => openApiDocument(options, { grantTypes: [...grants.keys()], has: hasMethod(table) }),
    check,
    health: createHealth(check, context),
    drain: context.traffic.drain,
    close: closeOnce(context),
  })
}

function hasMethod<Native>(table: ReadonlyMap<string, Methods<Native>>): (method: string, path: string) => boolean {
  return (method, path) => Object.hasOwn(table.get(path) ?? {}, method)
}

function dpopAlgorithms<Native>({ keyBinding }: ResolvedOptions<Native>): Pick<DeviceAuth<Native>, 'dpopAlgorithms'> {
  const dpopAlgorithms = keyBinding.find(({ method }) => method === 'jkt')?.algorithms
  return dpopAlgorithms === undefined ? {} : { dpopAlgorithms }
}

function closeOnce<Native>({ flushErrors, options, traffic }: ServerContext<Native>): () => Promise<void> {
  let closed: Promise<void> | undefined
  const close = async (): Promise<void> => {
    traffic.drain()
    flushErrors()
    await options.store.close()
  }
  return () => {
    closed ??= close()
    return closed
  }
}

function createGrants<Native>(context: ServerContext<Native>): ReadonlyMap<string, GrantHandler<Native>> {
  const grants = new Map<string, GrantHandler<Native>>([[DEVICE_CODE_GRANT_TYPE, deviceCodeGrant(context)]])
  if (context.options.refreshToken !== false) grants.set(REFRESH_TOKEN_GRANT_TYPE, refreshTokenGrant(context))
  if (context.options.tokenExchange !== false) grants.set(TOKEN_EXCHANGE_GRANT_TYPE, tokenExchangeGrant(context))
  for (const [grantType, grant] of Object.entries(context.options.grants)) grants.set(grantType, grant)
  return grants
}

function createTable<Native>(
  grants: ReadonlyMap<string, GrantHandler<Native>>,
  metadata: Methods<Native>,
  context: ServerContext<Native>,
): ReadonlyMap<string, Methods<Native>> {
  const { paths, compatibility } = context.options
  const dialects = dialectsOf(compatibility)
  const token = understand(tokenEndpoint(grants, context), dialects)
  const deviceAuthorization = describe(deviceAuthorizationEndpoint(context), dialects)
  const table = new Map<string, Methods<Native>>()
  for (const dialect of dialects) addPaths(table, dialect, { deviceAuthorization, token, metadata }, context)
  table.set(paths.token, { POST: token })
  table.set(paths.deviceAuthorization, { POST: deviceAuthorization })
  table.set(paths.metadata, metadata)
  if (paths.openidConfiguration !== false) table.set(paths.openidConfiguration, metadata)
  const post = (path: string | false, endpoint: Endpoint<Native>): void => {
    if (path !== false) table.set(path, { POST: endpoint })
  }
  post(paths.revocation, revocationEndpoint(context))
  post(paths.introspection, introspectionEndpoint(context))
  const endSignIns: EndSignIns = (subject, sender) => revokeMatching({ subject }, { by: 'signal', sender }, context)
  post(paths.globalTokenRevocation, globalTokenRevocationEndpoint(context, endSignIns))
  post(paths.securityEvents, securityEventsEndpoint(context, endSignIns))
  addRegistration(table, context)
  const keys = jwksEndpoint(context)
  if (keys !== undefined) table.set(paths.jwks, { GET: keys })
  const userInfo = userInfoEndpoint(context)
  if (userInfo !== undefined && paths.userinfo !== false) table.set(paths.userinfo, { GET: userInfo, POST: userInfo })
  if (paths.decisionEvents !== false) table.set(paths.decisionEvents, { GET: decisionEventsEndpoint(context) })
  if (paths.devices !== false) table.set(paths.devices, { GET: showDevices(context), POST: changeDevices(context) })
  if (paths.verification !== false) {
    table.set(paths.verification, { GET: showVerification(context), POST: submitVerification(context) })
  }
  if (context.options.verificationApi !== undefined) {
    table.set(paths.present, presentEndpoint(context))
    table.set(paths.decide, decideEndpoint(context))
  }
  return inTime(table, context)
}

function addRegistration<Native>(table: Map<string, Methods<Native>>, context: ServerContext<Native>): void {
  const { registration, paths } = context.options
  if (registration === undefined) return
  const endClient: EndClient = (clientId) => revokeMatching({ clientId }, { by: 'client' }, context)
  const manage = clientConfiguration(registration, context, endClient)
  table.set(paths.registration, { POST: registrationEndpoint(registration, context), ...manage })
}

/** The endpoints, which first wait until the time of the database is known. */
function inTime<Native>(
  table: ReadonlyMap<string, Methods<Native>>,
  { synchronize }: ServerContext<Native>,
): ReadonlyMap<string, Methods<Native>> {
  if (synchronize === undefined) return table
  const timed = (endpoint: Endpoint<Native>): Endpoint<Native> => {
    const { readsJson, readsText } = endpoint
    const answer = (request: OAuthRequest<Native>): Promise<OAuthResponse> => {
      const pending = synchronize()
      return pending === undefined ? endpoint(request) : answerAfter(pending, endpoint, request)
    }
    // the kinds of bodies are a part of the endpoint: without them JSON would not be read
    return Object.assign(answer, { readsJson, readsText })
  }
  const methods = ({ OPTIONS, ...others }: Methods<Native>): Methods<Native> => ({
    ...(OPTIONS && { OPTIONS }),
    ...Object.fromEntries(Object.entries(others).map(([method, endpoint]) => [method, timed(endpoint)])),
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

/** Adds the paths of a dialect. The first of two dialects that share a path decides about the errors there. */
function addPaths<Native>(
  table: Map<string, Methods<Native>>,
  dialect: Dialect,
  endpoints: { deviceAuthorization: Endpoint<Native>; token: Endpoint<Native>; metadata: Methods<Native> },
  context: ServerContext<Native>,
): void {
  const { refreshToken } = context.options
  const add = (paths: readonly string[] = [], methods: Methods<Native>): void => {
    for (const path of paths) if (!table.has(path)) table.set(path, methods)
  }
  add(dialect.deviceAuthorizationPaths, { POST: atOwnPath(endpoints.deviceAuthorization, dialect, undefined) })
  add(dialect.tokenPaths, { POST: atOwnPath(endpoints.token, dialect, (refreshToken || undefined)?.expiresIn) })
  add(dialect.metadataPaths, endpoints.metadata)
  for (const [path, content] of Object.entries(dialect.documents ?? {}))
    add([path], { GET: documentEndpoint(content, context) })
}

/**
 * The paths of the metadata at the root of the host: the issuer's path comes last.
 * @see {@link https://www.rfc-editor.org/rfc/rfc8414#section-3.1 RFC 8414 section 3.1}
 * @see {@link https://www.rfc-editor.org/rfc/rfc8414#section-5 RFC 8414 section 5}
 */
function metadataPathsAtRoot<Native>({ issuer, paths }: ResolvedOptions<Native>): readonly [string, ...string[]] {
  const issuerPath = new URL(issuer).pathname.replace(/\/$/, '')
  const openid = paths.openidConfiguration === false ? [] : [`/.well-known/openid-configuration${issuerPath}`]
  return Object.freeze([`/.well-known/oauth-authorization-server${issuerPath}`, ...openid])
}
