import { dialectsOf } from '../compatibility/dialects.ts'
import type { ServerContext } from '../contract/context.ts'
import type { ResolvedOptions } from '../contract/options.ts'
import { type Endpoint, jsonResponse } from '../http.ts'
import { builtInMethods } from '../options/clients.ts'
import { urlBelow } from '../url.ts'

/**
 * The metadata of this server: its endpoints, grants, scopes and client authentication methods.
 * @param longestWait - The longest time that a poll is held, in seconds; `undefined`: none is.
 * @see {@link https://www.rfc-editor.org/rfc/rfc8414#section-2 RFC 8414 section 2}
 */
export function serverMetadata<Native>(
  options: ResolvedOptions<Native>,
  grantTypes: readonly string[],
  longestWait: number | undefined,
): Readonly<Record<string, unknown>> {
  const { issuer, paths } = options
  const methods = Object.freeze([...builtInMethods, ...Object.keys(options.clientAuthentication)])
  const scopes = Object.freeze(Object.keys(options.scopes))
  return Object.freeze({
    ...dialectMembers(options),
    issuer,
    device_authorization_endpoint: urlBelow(issuer, paths.deviceAuthorization),
    token_endpoint: urlBelow(issuer, paths.token),
    token_endpoint_auth_methods_supported: methods,
    code_challenge_methods_supported: Object.freeze(['S256']),
    // without this member the default is authorization_code and implicit
    grant_types_supported: Object.freeze([...grantTypes]),
    // required, but empty: no grant of this server has a response type
    response_types_supported: Object.freeze([]),
    ...authenticationMembers(options),
    // not registered: the longest N of `Prefer: wait=N` in a poll, in seconds
    ...(longestWait === undefined ? {} : { device_authorization_poll_wait_max: longestWait }),
    ...(scopes.length > 0 ? { scopes_supported: scopes } : {}),
    ...(paths.revocation === false
      ? {}
      : {
          revocation_endpoint: urlBelow(issuer, paths.revocation),
          revocation_endpoint_auth_methods_supported: methods,
        }),
    ...(paths.introspection === false
      ? {}
      : {
          introspection_endpoint: urlBelow(issuer, paths.introspection),
          introspection_endpoint_auth_methods_supported: Object.freeze(methods.filter((method) => method !== 'none')),
        }),
    ...(paths.globalTokenRevocation === false
      ? {}
      : { global_token_revocation_endpoint: urlBelow(issuer, paths.globalTokenRevocation) }),
    ...tokenMembers(options),
    ...Object.assign({}, ...options.keyBinding.map((binding) => binding.metadata)),
  })
}

/**
 * The members of the methods of the option `clientAuthentication`: the algorithms of their signatures, for each endpoint that
 * authenticates clients, and what they add themselves.
 */
function authenticationMembers<Native>({ clientAuthentication, paths }: ResolvedOptions<Native>): object {
  const methods = Object.values(clientAuthentication)
  const algorithms = Object.freeze([...new Set(methods.flatMap(({ signingAlgorithms = [] }) => signingAlgorithms))])
  const endpoints = [
    'token',
    ...(paths.revocation === false ? [] : ['revocation']),
    ...(paths.introspection === false ? [] : ['introspection']),
  ]
  const named = algorithms.length === 0 ? [] : endpoints
  return Object.assign(
    {},
    ...methods.map(({ metadata }) => metadata),
    ...named.map((endpoint) => ({ [`${endpoint}_endpoint_auth_signing_alg_values_supported`]: algorithms })),
  )
}

/**
 * The members about signed tokens.
 * @see {@link https://openid.net/specs/openid-connect-discovery-1_0.html#ProviderMetadata OpenID Connect Discovery section 3}
 */
function tokenMembers<Native>({ issuer, paths, accessToken, openid }: ResolvedOptions<Native>): object {
  const hasKeys = (accessToken.keys ?? openid?.keys) !== undefined
  return {
    ...(hasKeys ? { jwks_uri: urlBelow(issuer, paths.jwks) } : {}),
    ...openid?.metadata,
    ...(openid === undefined || paths.userinfo === false
      ? {}
      : { userinfo_endpoint: urlBelow(issuer, paths.userinfo) }),
  }
}

/** The further members of the dialects. */
function dialectMembers<Native>({ issuer, paths, compatibility }: ResolvedOptions<Native>): object {
  const verification = paths.verification === false ? undefined : urlBelow(issuer, paths.verification)
  return Object.assign(
    {},
    ...dialectsOf(compatibility).map((dialect) => dialect.describeServer?.({ issuer, verification })),
  )
}

/**
 * The endpoint of a public document, such as the metadata. Only these documents may be read by scripts of other origins.
 * @see {@link https://www.rfc-editor.org/rfc/rfc8414#section-3 RFC 8414 section 3}
 */
export function documentEndpoint<Native>(content: object, { traffic }: ServerContext<Native>): Endpoint<Native> {
  const response = Object.freeze(jsonResponse(200, content, { 'access-control-allow-origin': '*' }))
  return () => Promise.resolve(traffic.finish(response))
}
