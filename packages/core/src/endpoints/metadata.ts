import { dialectsOf } from '../compatibility/dialects.ts'
import type { ServerContext } from '../contract/context.ts'
import type { ResolvedOptions } from '../contract/resolved-options.ts'
import type { AccessTokenFormat } from '../contract/tokens.ts'
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
    ...options.findClient.metadata,
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
    ...waitMembers(options, longestWait),
    ...(scopes.length > 0 ? { scopes_supported: scopes } : {}),
    ...targetMembers(options),
    ...(options.refreshToken === false
      ? {}
      : { refresh_token_expiration_types_supported: refreshTokenEnds(options.refreshToken.maxLifetime) }),
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
          ...signedIntrospection(options.accessToken),
        }),
    ...(paths.globalTokenRevocation === false
      ? {}
      : { global_token_revocation_endpoint: urlBelow(issuer, paths.globalTokenRevocation) }),
    ...(options.registration === undefined ? {} : { registration_endpoint: urlBelow(issuer, paths.registration) }),
    ...tokenMembers(options),
    ...Object.assign({}, ...options.keyBinding.map((binding) => binding.metadata)),
  })
}

/** The members about polls that wait for the decision, and about its events. They are not registered. */
function waitMembers<Native>({ issuer, paths }: ResolvedOptions<Native>, longestWait: number | undefined): object {
  return {
    // the longest N of `Prefer: wait=N` in a poll, in seconds
    ...(longestWait === undefined ? {} : { device_authorization_poll_wait_max: longestWait }),
    // for devices that are web pages
    ...(paths.decisionEvents === false
      ? {}
      : { device_authorization_decision_events_endpoint: urlBelow(issuer, paths.decisionEvents) }),
  }
}

/**
 * The members about what tokens are for, and after which log-in.
 * @see {@link https://www.rfc-editor.org/rfc/rfc9396#section-10 RFC 9396 section 10}
 * @see {@link https://www.rfc-editor.org/rfc/rfc9728#section-4 RFC 9728 section 4}
 */
function targetMembers<Native>({ resources, authorizationDetails, acrValues }: ResolvedOptions<Native>): object {
  return {
    ...(resources === undefined || resources.listed.length === 0 ? {} : { protected_resources: resources.listed }),
    ...(authorizationDetails === undefined
      ? {}
      : { authorization_details_types_supported: Object.freeze([...authorizationDetails.keys()]) }),
    ...(acrValues === undefined || acrValues.length === 0 ? {} : { acr_values_supported: acrValues }),
  }
}

/** @see {@link https://www.ietf.org/archive/id/draft-ietf-oauth-refresh-token-expiration-03.html#section-8 draft-ietf-oauth-refresh-token-expiration-03 section 8} */
function refreshTokenEnds(maxLifetime: number | undefined): readonly string[] {
  return Object.freeze(maxLifetime === undefined ? ['token_timeout'] : ['token_timeout', 'authorization'])
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

/** @see {@link https://www.rfc-editor.org/rfc/rfc9701#section-7 RFC 9701 section 7} */
function signedIntrospection({ introspection }: AccessTokenFormat): object {
  if (introspection === undefined) return {}
  return { introspection_signing_alg_values_supported: Object.freeze([...introspection.algorithms]) }
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
