import { text } from 'node:stream/consumers'
import {
  AuthorizationServer,
  type ClientAuthentication,
  clientSecretBasic,
  clientSecretPost,
  type DeviceFlowOptions,
  findProfile,
  isSecureAddress,
  type RequestOptions,
} from '@device-auth/client'
import { usageError } from '../errors.ts'
import type { ServerOptions } from '../options.ts'
import { plain } from '../terminal/plain-text.ts'
import type { Screen } from '../terminal/screen.ts'
import type { Surroundings } from '../terminal/surroundings.ts'
import { version } from '../version.ts'
import { profileOf } from './issuer.ts'
import { tracedFetch } from './traced-fetch.ts'

/** The client's options for all requests to one server. */
export type Connection = Pick<
  DeviceFlowOptions,
  'profile' | 'authentication' | 'fetch' | 'dangerouslyAllowHttp' | 'headers' | 'signal' | 'maxAttempts' | Endpoint
>

/** An endpoint that can be given by hand, for servers whose metadata do not name it. */
type Endpoint = 'deviceAuthorizationEndpoint' | 'tokenEndpoint' | 'revocationEndpoint'

/** The options of a single request, out of those for a flow. */
export function requestOptions({ profile, fetch, dangerouslyAllowHttp, signal }: Connection): RequestOptions {
  return { profile, fetch, dangerouslyAllowHttp, signal }
}

/** The server of `issuer`, with the endpoints that were given by hand. */
export function serverOf(issuer: string, connection: Connection): AuthorizationServer {
  return new AuthorizationServer({ issuer, profile: connection.profile, ...givenEndpoints(connection) })
}

/** The endpoints that were given by hand. A missing one has no member, so that it replaces none that is known. */
function givenEndpoints(given: Pick<ServerOptions, Endpoint> | Connection): Pick<Connection, Endpoint> {
  const { deviceAuthorizationEndpoint, tokenEndpoint, revocationEndpoint } = given
  return {
    ...(deviceAuthorizationEndpoint !== undefined && { deviceAuthorizationEndpoint }),
    ...(tokenEndpoint !== undefined && { tokenEndpoint }),
    ...(revocationEndpoint !== undefined && { revocationEndpoint }),
  }
}

/** Builds the {@link Connection} to the server of `issuer`. Refuses http, except for servers on this machine. */
export async function connect(
  issuer: string,
  options: ServerOptions,
  surroundings: Surroundings,
  screen: Screen,
): Promise<Connection> {
  const { provider, dangerouslyAllowHttp: allowHttp = false, verbose } = options
  const endpoints = givenEndpoints(options)
  const { deviceAuthorizationEndpoint = issuer, tokenEndpoint = issuer, revocationEndpoint = issuer } = endpoints
  for (const address of [issuer, deviceAuthorizationEndpoint, tokenEndpoint, revocationEndpoint])
    refuseInsecure(address, allowHttp)
  const trace = verbose ? (line: string): void => screen.line(screen.paint('dim', line)) : undefined
  return {
    profile: provider === undefined ? findProfile(issuer) : profileOf(provider),
    authentication: await authenticationOf(options, surroundings, screen),
    fetch: trace && tracedFetch(trace),
    dangerouslyAllowHttp: allowHttp,
    headers: { 'user-agent': `device-auth-cli/${version} (${surroundings.platform})` },
    signal: surroundings.signal,
    // somebody is waiting: 3 attempts report a missing server after 3 seconds, the client's default after 15
    maxAttempts: 3,
    ...endpoints,
  }
}

function refuseInsecure(address: string, dangerouslyAllowHttp: boolean): void {
  if (!isSecureAddress(address, { dangerouslyAllowHttp }))
    throw usageError(
      `${plain(address)} is not an https address.`,
      'Use https: http is allowed only for servers on this machine.',
    )
}

async function authenticationOf(
  { clientSecret, clientSecretStdin, authMethod }: ServerOptions,
  { env, stdin }: Surroundings,
  screen: Screen,
): Promise<ClientAuthentication | undefined> {
  if (clientSecret !== undefined)
    screen.warning(
      'Other users of this machine can see --client-secret. Use DEVICE_AUTH_CLIENT_SECRET or --client-secret-stdin instead.',
    )
  const fromStdin = clientSecretStdin ? (await text(stdin)).trim() : undefined
  if (fromStdin === '')
    throw usageError('No client secret on stdin.', 'Pipe the secret in, or remove --client-secret-stdin.')
  const secret = clientSecret ?? fromStdin ?? env.DEVICE_AUTH_CLIENT_SECRET
  if (secret === undefined || secret === '') return undefined
  return authMethod === 'post' ? clientSecretPost(secret) : clientSecretBasic(secret)
}
