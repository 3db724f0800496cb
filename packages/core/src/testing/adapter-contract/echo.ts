import type { DeviceAuth } from '../../contract/device-auth.ts'
import { errorResponse, isOAuthError, OAuthError } from '../../errors.ts'
import { parseRequest } from '../../form.ts'
import { type Endpoint, jsonResponse, type OAuthRequest, type OAuthResponse } from '../../http.ts'
import { asFormRequest } from '../../json-body.ts'

/** The JSON that an endpoint of the echo answers with: the request that it got. */
export interface Echo {
  readonly method: string
  readonly path: string
  readonly query: readonly (readonly [string, string])[]
  readonly parameters: Readonly<Record<string, string>>
  readonly ip: string | undefined
  readonly authorization: unknown
}

/** The endpoints that read a body as it is, in place of a form. */
const texts: Readonly<Record<string, NonNullable<Endpoint['readsText']>>> = {
  '/global-token-revocation': 'application/json',
  '/security-events': 'application/secevent+jwt',
}

const known = new Set(['grant_type', 'client_id', 'device_code', 'scope'])

/** Checks the form as every endpoint does, and answers with the request. */
function echo<Native>(request: OAuthRequest<Native>): OAuthResponse {
  try {
    const isForm = request.method === 'POST' && texts[request.path] === undefined
    const parameters = isForm ? parseRequest(request, known).parameters : request.form
    return jsonResponse(200, {
      method: request.method,
      path: request.path,
      query: [...request.query],
      parameters: Object.fromEntries(parameters),
      ip: request.ip,
      authorization: request.headers.authorization,
    } satisfies Echo)
  } catch (error) {
    if (isOAuthError(error)) return errorResponse(error)
    throw error
  }
}

const methods: Readonly<Record<string, readonly string[]>> = {
  '/token': ['POST'],
  '/device': ['GET', 'HEAD', 'POST'],
  '/device/present': ['POST', 'OPTIONS'],
  '/global-token-revocation': ['POST'],
  '/security-events': ['POST'],
  // the paths of GitHub, as the option `compatibility` adds them
  '/login/device/code': ['POST'],
  '/login/oauth/access_token': ['POST'],
  '/.well-known/oauth-authorization-server': ['GET', 'HEAD'],
  '/.well-known/openid-configuration': ['GET', 'HEAD'],
}
/** The endpoints that read JSON bodies too. */
const readJson: ReadonlySet<string> = new Set(['/device/present', '/login/device/code', '/login/oauth/access_token'])
/** The paths of the metadata at the root of the host, for an issuer with the path `/oauth`. */
export const pathsAtRoot = [
  '/.well-known/oauth-authorization-server/oauth',
  '/.well-known/openid-configuration/oauth',
] as const

function notAllowed(allow: string): OAuthResponse {
  return errorResponse(new OAuthError('invalid_request', undefined, { status: 405, headers: { allow } }))
}

function unused(): never {
  throw new Error('the echo has no such method')
}

const unusedDevices = {
  list: unused,
  rename: unused,
  revoke: unused,
  revokeAll: unused,
  revokeBySubject: unused,
  revokeByClient: unused,
  revokeByRequester: unused,
  revokeLink: unused,
}

const emptyDocument = {
  openapi: '3.0.3',
  info: { title: 'Echo', version: '1' },
  servers: [],
  paths: {},
  components: { securitySchemes: {} },
} as const

/**
 * A server without state, which checks forms and routes as a real one does.
 *
 * @param seen - Every request is added to it.
 * @param answer - Answers a request; by default with the request itself, as an {@link Echo}.
 */
export function echoDeviceAuth<Native>(
  seen: OAuthRequest<Native>[] = [],
  answer: (request: OAuthRequest<Native>) => OAuthResponse | Promise<OAuthResponse> = echo,
): DeviceAuth<Native> {
  const serve: Endpoint<Native> = async (request) => {
    seen.push(request)
    return answer(request)
  }
  const serveJson: Endpoint<Native> = Object.assign((request: OAuthRequest<Native>) => serve(asFormRequest(request)), {
    readsJson: true as const,
  })
  return {
    route(method, path) {
      const allowed = methods[path]
      if (allowed === undefined) return undefined
      if (!allowed.includes(method)) return async () => notAllowed(allowed.join(', '))
      const readsText = texts[path]
      if (readsText !== undefined) return Object.assign(serve.bind(undefined), { readsText })
      return readJson.has(path) ? serveJson : serve
    },
    paths: Object.keys(methods),
    pathAtRoot: pathsAtRoot[0],
    pathsAtRoot,
    routeAtRoot(method, path) {
      if (!pathsAtRoot.some((one) => one === path)) return undefined
      return method === 'GET' || method === 'HEAD' ? serve : async () => notAllowed('GET, HEAD')
    },
    issuer: 'https://example.com/oauth',
    metadata: {},
    openApi: () => emptyDocument,
    verification: { present: unused, decide: unused },
    approve: unused,
    deny: unused,
    find: unused,
    waitForDecision: unused,
    matchingNumber: unused,
    describePolicy: unused,
    clock: Date.now,
    authenticate: unused,
    devices: unusedDevices,
    limits: { reset: unused },
    on: unused,
    authenticateUser: unused,
    check: unused,
    health: unused,
    drain: unused,
    close: async () => {},
  }
}
