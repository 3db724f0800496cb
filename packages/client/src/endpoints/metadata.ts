import { exchange } from '../http/exchange.ts'
import { type Failure, failure } from '../http/failure.ts'
import type { RequestOptions } from '../http/post.ts'
import { failureOf, membersOf, textOf } from '../http/response.ts'

/**
 * The metadata of an authorization server.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc8414#section-2 RFC 8414 section 2}
 */
export interface ServerMetadata {
  readonly issuer: string
  readonly deviceAuthorizationEndpoint?: string
  readonly tokenEndpoint?: string
  readonly revocationEndpoint?: string
  /** All members of the document. */
  readonly document: Readonly<Record<string, unknown>>
}

/** The metadata, or a failure. */
export type DiscoveryResult = (ServerMetadata & { readonly ok: true; readonly error?: never }) | Failure

/**
 * Requests the metadata of an authorization server. It asks at the address of RFC 8414, then at the one of OpenID Connect Discovery, and
 * last below the path of the issuer, where a server has it that is mounted in an application. Metadata of another issuer are refused.
 *
 * @param issuer - The issuer URL.
 * @returns The metadata, or a failure; never rejects.
 * @example
 * const metadata = await discover('https://as.example.com')
 * if (metadata.ok) console.log(metadata.deviceAuthorizationEndpoint)
 * @see {@link https://www.rfc-editor.org/rfc/rfc8414#section-3 RFC 8414 section 3}
 */
export async function discover(issuer: string, options: RequestOptions = {}): Promise<DiscoveryResult> {
  if (!URL.canParse(issuer)) return failure('insecure_url', { errorDescription: 'The issuer is not a URL.' })
  const { origin, pathname } = new URL(issuer)
  const path = pathname.replace(/\/$/, '')
  const first = await request(`${origin}/.well-known/oauth-authorization-server${path}`, issuer, options)
  if (first.ok || first.error !== 'invalid_response') return first
  const second = await request(`${origin}${path}/.well-known/openid-configuration`, issuer, options)
  if (second.ok || second.error !== 'invalid_response' || path === '') return second
  return request(`${origin}${path}/.well-known/oauth-authorization-server`, issuer, options)
}

async function request(url: string, issuer: string, options: RequestOptions): Promise<DiscoveryResult> {
  const response = await exchange(url, () => ({ headers: { accept: 'application/json' } }), options)
  if (!response.ok) return response
  const members = membersOf(response)
  if (response.status !== 200 || members === undefined) return failureOf(response, undefined)
  const named = textOf(members, 'issuer')
  if (named?.replace(/\/$/, '') !== issuer.replace(/\/$/, '')) {
    return failure('invalid_response', { errorDescription: 'The metadata belong to another issuer.', raw: members })
  }
  const endpoint = (name: string): Record<string, string> => {
    const address = textOf(members, name)
    return address === undefined ? {} : { [camelCase(name)]: address }
  }
  return {
    ok: true,
    issuer: named,
    ...endpoint('device_authorization_endpoint'),
    ...endpoint('token_endpoint'),
    ...endpoint('revocation_endpoint'),
    document: members,
  }
}

function camelCase(name: string): string {
  return name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase())
}
