import { defined, type Failure, failure } from '../http/failure.ts'
import { requestChecks } from '../http/option-checks.ts'
import type { RequestOptions } from '../http/post.ts'
import type { ProviderProfile } from '../providers/profile.ts'
import { findProfile } from '../providers/profiles.ts'
import { type Checks, checkOptions, isNumberOf, isString, isText } from '../runtime/options.ts'
import { discover, type ServerMetadata } from './metadata.ts'
import { DEVICE_CODE_GRANT_TYPE } from './token.ts'

/** The authorization server to use: its issuer, or its endpoints, or both. An endpoint that is given takes precedence. */
export interface ServerOptions {
  /** The issuer URL. Endpoints that are not given come from the provider profile, or from the metadata of the server. */
  readonly issuer?: string | undefined
  /** URL of the device authorization endpoint. */
  readonly deviceAuthorizationEndpoint?: string | undefined
  /** URL of the token endpoint. */
  readonly tokenEndpoint?: string | undefined
  /** URL of the revocation endpoint. */
  readonly revocationEndpoint?: string | undefined
  /**
   * The longest time in seconds that the server holds a poll which asks for it. Only for endpoints that are given: the metadata of a
   * server say it themselves. Default: polls do not ask.
   */
  readonly maxPollWait?: number | undefined
}

/** The checks of the options of a server. */
export const serverChecks: Checks<ServerOptions> = {
  issuer: isString,
  deviceAuthorizationEndpoint: isText,
  tokenEndpoint: isText,
  revocationEndpoint: isText,
  maxPollWait: isNumberOf('seconds'),
}

/** The endpoints of an authorization server, as absolute URLs. */
export interface Endpoints {
  readonly ok: true
  readonly deviceAuthorizationEndpoint: string
  readonly tokenEndpoint: string
  /** Missing when the server cannot revoke tokens, or does not name the endpoint. */
  readonly revocationEndpoint?: string
  /** The longest time in seconds that the server holds a poll which asks for it; missing when it holds none, or its metadata were not read. */
  readonly maxPollWait?: number
}

/**
 * An authorization server, resolved once: its provider profile at construction, its endpoints at the first use. Share one instance
 * between all requests to the server, so that the metadata of the server are requested only once.
 *
 * @example
 * const server = new AuthorizationServer({ issuer: 'https://as.example.com' })
 * const endpoints = await server.findEndpoints()
 * if (endpoints.ok) {
 *   const address = endpoints.deviceAuthorizationEndpoint
 *   const codes = await requestDeviceAuthorization({ address, clientId: 'tv' }, { profile: server.profile })
 * }
 * @see {@link https://www.rfc-editor.org/rfc/rfc8414#section-2 RFC 8414 section 2}
 */
export class AuthorizationServer {
  /** The deviations of the server from RFC 8628: the profile that was given, else the one of its issuer or token endpoint. */
  readonly profile: ProviderProfile | undefined
  readonly #options: ServerOptions
  #endpoints: Endpoints | undefined

  /** @throws {TypeError} that names an option that is misspelt or wrong. */
  constructor(options: ServerOptions & Pick<RequestOptions, 'profile'>) {
    const checks = { ...serverChecks, profile: requestChecks.profile }
    const { profile, ...server } = checkOptions('AuthorizationServer', options, checks)
    this.profile = profile ?? findProfile(server.issuer ?? server.tokenEndpoint ?? '')
    this.#options = server
  }

  /**
   * Finds the endpoints, and remembers them. A failure is not remembered: the next call tries again.
   *
   * @param options - A profile among them has no effect: the server has its own.
   * @returns The endpoints, or a failure.
   * @throws {TypeError} that names an option that is misspelt or wrong; never rejects otherwise.
   */
  async findEndpoints(options: RequestOptions = {}): Promise<Endpoints | Failure> {
    if (this.#endpoints !== undefined) return this.#endpoints
    const found = await findEndpoints(this.#options, { ...options, profile: this.profile })
    if (found.ok) this.#endpoints = found
    return found
  }
}

/**
 * Finds the endpoints of a server: those that are given, else those of the profile, else those in the metadata of the server.
 * {@link AuthorizationServer} finds the profile too, and remembers the endpoints.
 *
 * @returns The endpoints, or a failure. `client_error`: the provider has no device flow, or neither issuer nor endpoints are given.
 * @throws {TypeError} that names an option that is misspelt or wrong; never rejects otherwise.
 */
export async function findEndpoints(
  givenServer: ServerOptions,
  givenOptions: RequestOptions = {},
): Promise<Endpoints | Failure> {
  const server = checkOptions('findEndpoints', givenServer, serverChecks)
  const options = checkOptions('findEndpoints', givenOptions, requestChecks)
  const { unsupported: errorDescription } = options.profile ?? {}
  if (errorDescription !== undefined) return failure('client_error', { errorDescription })
  const { issuer } = server
  const known = complete({ ...profileEndpoints(issuer, options.profile), ...server })
  if (known !== undefined) return known
  if (issuer === undefined)
    return failure('client_error', {
      errorDescription: 'Neither issuer nor endpoints are given: give the option issuer.',
    })
  const found = await discover(issuer, options)
  if (!found.ok) return found
  return complete({ ...found, ...server }) ?? failure('client_error', { errorDescription: problemOf(found, server) })
}

/** The reason why metadata and options together are not enough. */
function problemOf(metadata: ServerMetadata, server: ServerOptions): string {
  const { document, deviceAuthorizationEndpoint = server.deviceAuthorizationEndpoint } = metadata
  if (deviceAuthorizationEndpoint !== undefined)
    return 'The metadata name no token endpoint: give it as the option tokenEndpoint.'
  const { grant_types_supported: grants } = document
  return Array.isArray(grants) && grants.includes(DEVICE_CODE_GRANT_TYPE)
    ? 'The metadata list the device grant, but name no endpoint for it: give it as the option deviceAuthorizationEndpoint.'
    : 'The metadata name no device authorization endpoint: the server does not support this grant.'
}

function complete(server: ServerOptions): Endpoints | undefined {
  const { deviceAuthorizationEndpoint, tokenEndpoint, revocationEndpoint, maxPollWait } = server
  if (deviceAuthorizationEndpoint === undefined || tokenEndpoint === undefined) return undefined
  return { ok: true, deviceAuthorizationEndpoint, tokenEndpoint, ...defined({ revocationEndpoint, maxPollWait }) }
}

/** The endpoints of a profile; a relative one is resolved below the issuer. */
function profileEndpoints(issuer = '', profile?: ProviderProfile): ServerOptions {
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
