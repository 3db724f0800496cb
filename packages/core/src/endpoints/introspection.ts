import { invalidClient } from '../clients/authentication.ts'
import { isRegisteredFor } from '../clients/registered-methods.ts'
import { knownParameters, readClientRequest } from '../clients/require.ts'
import type { ServerContext } from '../contract/context.ts'
import type { FoundToken } from '../contract/store.ts'
import { OAuthError } from '../errors.ts'
import { type Endpoint, headerValue, jsonResponse, type OAuthResponse, type RequestHeaders } from '../http.ts'
import type { Client, IntrospectionResponse } from '../protocol.ts'
import { guard } from '../time-limit.ts'
import { audienceOf, audMember } from '../tokens/audience.ts'
import { boundKey, tokenTypeOf } from '../tokens/bound-text.ts'
import { findToken, isFamilyActive } from '../tokens/find-token.ts'
import { jsonEndpoint } from './respond.ts'

/**
 * The introspection endpoint: tells resource servers about any token, and confidential clients about their own.
 * @see {@link https://www.rfc-editor.org/rfc/rfc7662#section-2 RFC 7662 section 2}
 * @see {@link https://www.rfc-editor.org/rfc/rfc9701#section-5 RFC 9701 section 5}
 */
export function introspectionEndpoint<Native>(context: ServerContext<Native>): Endpoint<Native> {
  const known = knownParameters(context, ['token', 'token_type_hint'])
  const sign = signer(context)
  return jsonEndpoint('introspection', context, async (request) => {
    const { client, parameters } = await readClientRequest(request, 'introspection', known, context)
    // RFC 7662 section 2.1: the caller has to be authorized, and a public client proves nothing
    if (isRegisteredFor(client, 'none')) throw invalidClient(request, context.options.issuer)
    const token = parameters.get('token')
    if (token === undefined) throw new OAuthError('invalid_request', 'token is missing.')
    const found = await findToken(token, context)
    const response = await introspect(found, token, client, context)
    return sign !== undefined && asksForJwt(request.headers)
      ? jwtResponse(await sign(response, client.client_id, { issuer: context.options.issuer, now: context.now() }))
      : jsonResponse(200, response)
  })
}

const jwtType = 'application/token-introspection+jwt'

/** The function that signs responses, limited in time: its key may be in another service. `undefined` if there is none. */
function signer<Native>({ options: { accessToken, timeout } }: ServerContext<Native>) {
  const { introspection } = accessToken
  return introspection && guard('introspection', 'hook', timeout * 1000, introspection.sign.bind(introspection))
}

/**
 * True if the request names the type of a signed response. A range of types gets JSON, as everybody did before.
 * @see {@link https://www.rfc-editor.org/rfc/rfc9701#section-4 RFC 9701 section 4}
 */
function asksForJwt(headers: RequestHeaders): boolean {
  const ranges = (headerValue(headers, 'accept') ?? '').toLowerCase().split(',')
  return ranges.some((range) => {
    const [type, ...parameters] = range.split(';').map((part) => part.trim())
    return type === jwtType && !parameters.some((parameter) => /^q=0(?:\.0*)?$/.test(parameter))
  })
}

function jwtResponse(jwt: string): OAuthResponse {
  const { status, headers } = jsonResponse(200, {})
  const length = String(Buffer.byteLength(jwt))
  return { status, headers: { ...headers, 'content-type': jwtType, 'content-length': length }, body: jwt }
}

/** A token that is not alive, or that this client may not ask about, is `{ active: false }` and nothing else. */
async function introspect<Native>(
  found: FoundToken | undefined,
  token: string,
  client: Client,
  context: ServerContext<Native>,
): Promise<IntrospectionResponse> {
  if (found === undefined || !('issuedAt' in found)) return { active: false }
  const { family } = found
  if (family.clientId !== client.client_id) {
    // a refresh token is for this server alone: no resource server may take it for an access token
    if (client.resource_server !== true || found.type !== 'access_token') return { active: false }
  }
  if (!(await isFamilyActive(family, context))) return { active: false }
  const { accessToken, issuer } = context.options
  const cnf = found.type === 'access_token' ? accessToken.confirmation?.(token) : boundKey(token)
  return {
    active: true,
    scope: found.scope,
    client_id: family.clientId,
    ...(family.username === undefined ? {} : { username: family.username }),
    ...(found.type === 'access_token' ? { token_type: tokenTypeOf(cnf, accessToken.tokenType) } : {}),
    exp: Math.floor(found.expiresAt / 1000),
    iat: Math.floor(found.issuedAt / 1000),
    sub: family.subject,
    iss: issuer,
    ...(cnf === undefined ? {} : { cnf }),
    // for the application's own services: a client is told of it by the hook `createTokenResponse` only
    ...(family.data === undefined || client.resource_server !== true ? {} : { data: family.data }),
    ...(found.type === 'access_token' ? accessTokenMembers(found, context) : {}),
  }
}

/** The members of an access token alone: for whom it is, what it is good for, and after which log-in it was granted. */
function accessTokenMembers<Native>(
  { target, family: { authentication } }: Extract<FoundToken, { readonly issuedAt: number }>,
  { options }: ServerContext<Native>,
): Partial<IntrospectionResponse> {
  const audience = audienceOf(target, options.accessToken)
  const details = target?.authorizationDetails
  return {
    ...(audience === undefined ? {} : { aud: audMember(audience) }),
    ...(details === undefined ? {} : { authorization_details: details }),
    ...(authentication === undefined ? {} : { auth_time: Math.floor(authentication.time / 1000) }),
    ...(authentication?.acr === undefined ? {} : { acr: authentication.acr }),
  }
}
