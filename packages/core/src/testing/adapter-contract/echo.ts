import type { DeviceAuth } from '../src/contract/device-auth.ts'
import { errorResponse, isOAuthError, OAuthError } from '../src/errors.ts'
import { parseRequest } from '../src/form.ts'
import { type Endpoint, jsonResponse, type OAuthRequest, type OAuthResponse } from '../src/http.ts'

/** What the echo says it was given. */
export interface Echo {
  readonly method: string
  readonly path: string
  readonly query: readonly (readonly [string, string])[]
  readonly parameters: Readonly<Record<string, string>>
  readonly ip: string | undefined
  readonly authorization: unknown
}

const known = new Set(['grant_type', 'client_id', 'device_code', 'scope'])

/** Checks a form as every endpoint does, and answers with what it was given. */
function echo<Native>(request: OAuthRequest<Native>): OAuthResponse {
  try {
    const { parameters } = request.method === 'POST' ? parseRequest(request, known) : { parameters: new Map() }
    return jsonResponse(200, {
      method: request.method,
      path: request.path,
      query: [...request.query],
      parameters: Object.fromEntries(parameters),
      ip: request.ip,
      authorization: request.headers.authorization,
    })
  } catch (error) {
    if (isOAuthError(error)) return errorResponse(error)
    throw error
  }
}

const methods: Readonly<Record<string, readonly string[]>> = {
  '/token': ['POST'],
  '/device': ['GET', 'HEAD', 'POST'],
  '/.well-known/oauth-authorization-server': ['GET', 'HEAD'],
}

function notAllowed(allow: string): OAuthResponse {
  return errorResponse(new OAuthError('invalid_request', undefined, { status: 405, headers: { allow } }))
}

/** A stand-in for a server: real routes, real form checks, and no state. `seen` holds every request it got. */
export function echoDeviceAuth<Native>(
  seen: OAuthRequest<Native>[] = [],
  answer: (request: OAuthRequest<Native>) => OAuthResponse | Promise<OAuthResponse> = echo,
): DeviceAuth<Native> {
  const unused = (): never => {
    throw new Error('the echo has no such method')
  }
  const serve: Endpoint<Native> = async (request) => {
    seen.push(request)
    return answer(request)
  }
  return {
    route(method, path) {
      const allowed = methods[path]
      if (allowed === undefined) return undefined
      return allowed.includes(method) ? serve : async () => notAllowed(allowed.join(', '))
    },
    paths: Object.keys(methods),
    routeAtRoot: (_method, path) => (path === '/.well-known/oauth-authorization-server/oauth' ? serve : undefined),
    issuer: 'https://example.com/oauth',
    metadata: {},
    approve: unused,
    deny: unused,
    find: unused,
    matchingNumber: unused,
    describePolicy: unused,
    authenticate: unused,
    devices: {
      list: unused,
      rename: unused,
      revoke: unused,
      revokeAll: unused,
      revokeBySubject: unused,
      revokeByClient: unused,
      revokeByRequester: unused,
      revokeLink: unused,
    },
    on: unused,
    authenticateUser: unused,
    check: unused,
    close: unused,
  }
}
