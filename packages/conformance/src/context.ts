import type { ConformanceContext, ResolvedEndpoints } from './case.ts'
import { deviceCodeGrantType, formRequest } from './client.ts'
import { type HttpOptions, type HttpRequest, sendByFetch, sendByNode } from './http.ts'
import { parseObject } from './json.ts'
import { createPacing } from './pacing.ts'
import type { ConformanceTarget } from './target.ts'

/**
 * The standard URL of the metadata. It has the well-known path between the host and the path of the issuer.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc8414#section-3.1 RFC 8414 section 3.1}
 */
export function insertedMetadataUrl(issuer: string): string {
  const url = new URL(issuer)
  const path = url.pathname.replace(/\/+$/, '')
  return `${url.origin}/.well-known/oauth-authorization-server${path}`
}

/** The URL of the metadata below the path of the issuer, as OpenID Connect and applications mounted under a path have it. */
export function appendedMetadataUrl(issuer: string, document = 'oauth-authorization-server'): string {
  return `${issuer.replace(/\/+$/, '')}/.well-known/${document}`
}

function candidateUrls(target: ConformanceTarget): readonly string[] {
  if (target.endpoints?.metadata !== undefined) return [target.endpoints.metadata]
  const { issuer } = target
  return [insertedMetadataUrl(issuer), appendedMetadataUrl(issuer), appendedMetadataUrl(issuer, 'openid-configuration')]
}

interface Discovered {
  readonly url: string
  readonly content: Readonly<Record<string, unknown>>
}

async function discover(target: ConformanceTarget, send: ConformanceContext['send']): Promise<Discovered | undefined> {
  for (const url of candidateUrls(target)) {
    const response = await send({ method: 'GET', url })
    const content = response.status === 200 ? parseObject(response.text) : undefined
    if (content !== undefined && 'issuer' in content) return { url, content }
  }
  return undefined
}

function resolveEndpoints(target: ConformanceTarget, discovered: Discovered | undefined): ResolvedEndpoints {
  const found = (name: string, given: string | undefined): string | undefined => {
    const value = given ?? discovered?.content[name]
    return typeof value === 'string' ? value : undefined
  }
  const required = (option: string, name: string, given: string | undefined): string => {
    const url = found(name, given)
    if (url === undefined)
      throw new TypeError(`endpoints.${option} is not given, and the metadata of ${target.issuer} has no ${name}`)
    return url
  }
  const given = target.endpoints ?? {}
  const revocation = found('revocation_endpoint', given.revocation)
  const introspection = found('introspection_endpoint', given.introspection)
  return {
    deviceAuthorization: required('deviceAuthorization', 'device_authorization_endpoint', given.deviceAuthorization),
    token: required('token', 'token_endpoint', given.token),
    ...(revocation === undefined ? {} : { revocation }),
    ...(introspection === undefined ? {} : { introspection }),
    ...(discovered === undefined ? {} : { metadata: discovered.url }),
  }
}

/** Sends a correct token request with an unknown code. Returns the answer if it is neither an OAuth error nor tokens. */
async function probeToken(context: Pick<ConformanceContext, 'endpoints' | 'send' | 'target'>) {
  const { client_id } = context.target.clients.public
  const body = { grant_type: deviceCodeGrantType, device_code: 'conformance-unknown', client_id }
  const answer = await context.send(formRequest(context.endpoints.token, body))
  const { error, access_token } = parseObject(answer.text) ?? {}
  return typeof error === 'string' || typeof access_token === 'string' ? undefined : answer
}

/**
 * Reads the metadata of the target and creates the context for {@link runCase}, to use the cases in your own test runner.
 * Rejects with a `TypeError` if the device authorization or token endpoint is neither given nor in the metadata.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc8414#section-3 RFC 8414 section 3}
 */
export async function openConformance(target: ConformanceTarget): Promise<ConformanceContext> {
  const strict = target.profile === 'device-auth'
  const options: HttpOptions = { timeout: target.timeout ?? 10, strict }
  const send = (request: HttpRequest) => sendByFetch(request, { ...options, fetch: target.fetch ?? fetch })
  const sendRaw = (request: HttpRequest) => sendByNode(request, options)
  const discovered = await discover(target, send)
  const endpoints = resolveEndpoints(target, discovered)
  let refusal: ReturnType<typeof probeToken> | undefined
  return {
    target,
    endpoints,
    tokenRefusal() {
      refusal ??= probeToken({ target, endpoints, send })
      return refusal
    },
    metadata: discovered?.content,
    strict,
    pacing: createPacing(target),
    send,
    sendRaw,
  }
}
