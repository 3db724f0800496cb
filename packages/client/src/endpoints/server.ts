import { defined, type Failure, failure } from '../http/failure.ts'
import type { RequestOptions } from '../http/post.ts'
import type { ProviderProfile } from '../providers/profile.ts'
import { discover } from './metadata.ts'

/** Which server: its issuer, or its endpoints. */
export interface ServerOptions {
  /** Its endpoints come from its profile, or by discovery. */
  readonly issuer?: string | undefined
  readonly deviceAuthorizationEndpoint?: string | undefined
  readonly tokenEndpoint?: string | undefined
  readonly revocationEndpoint?: string | undefined
}

/** Where requests go. */
export interface Endpoints {
  readonly ok: true
  readonly deviceAuthorizationEndpoint: string
  readonly tokenEndpoint: string
  readonly revocationEndpoint?: string
}

/** The endpoints as given, as the profile has them, or as the server says. */
export async function findEndpoints(server: ServerOptions, options: RequestOptions): Promise<Endpoints | Failure> {
  const { unsupported: errorDescription } = options.profile ?? {}
  if (errorDescription !== undefined) return failure('client_error', { errorDescription })
  const given = complete(server)
  if (given !== undefined) return given
  const { issuer } = server
  if (issuer === undefined)
    return failure('client_error', { errorDescription: 'Neither issuer nor endpoints are given.' })
  const known = complete({ ...profileEndpoints(issuer, options.profile), ...defined(server) })
  if (known !== undefined) return known
  const found = await discover(issuer, options)
  if (!found.ok) return found
  const missing = 'The server names no device authorization endpoint: it does not offer this grant.'
  return complete({ ...found, ...defined(server) }) ?? failure('client_error', { errorDescription: missing })
}

function complete(server: ServerOptions): Endpoints | undefined {
  const { deviceAuthorizationEndpoint, tokenEndpoint, revocationEndpoint } = server
  if (deviceAuthorizationEndpoint === undefined || tokenEndpoint === undefined) return undefined
  return { ok: true, deviceAuthorizationEndpoint, tokenEndpoint, ...defined({ revocationEndpoint }) }
}

/** Paths of a profile stand below the issuer. */
function profileEndpoints(issuer: string, profile?: ProviderProfile): ServerOptions {
  if (profile?.endpoints === undefined || !URL.canParse(issuer)) return {}
  const { deviceAuthorization, token, revocation } = profile.endpoints
  const base = issuer.endsWith('/') ? issuer : `${issuer}/`
  const absolute = (path: string): string => new URL(path, base).href
  return {
    deviceAuthorizationEndpoint: absolute(deviceAuthorization),
    tokenEndpoint: absolute(token),
    revocationEndpoint: revocation === undefined ? undefined : absolute(revocation),
  }
}
