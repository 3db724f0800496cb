import { exchange } from '../http/exchange.ts'
import { type Failure, failure } from '../http/failure.ts'
import type { RequestOptions } from '../http/post.ts'
import { failureOf, membersOf, textOf } from '../http/response.ts'

/**
 * Where a server's endpoints are.
 *
 * @see https://www.rfc-editor.org/rfc/rfc8414#section-2
 */
export interface ServerMetadata {
  readonly issuer: string
  readonly deviceAuthorizationEndpoint?: string
  readonly tokenEndpoint?: string
  readonly revocationEndpoint?: string
  /** All members of the document. */
  readonly document: Readonly<Record<string, unknown>>
}

/** The metadata, or why there is none. */
export type DiscoveryResult = (ServerMetadata & { readonly ok: true; readonly error?: never }) | Failure

/**
 * Asks a server for its metadata (RFC 8414); where it has none there, as an OpenID provider, and last below its own path, where a server
 * that is mounted in an application has them.
 *
 * @param issuer - Its URL. Metadata that name another issuer are refused.
 * @see https://www.rfc-editor.org/rfc/rfc8414#section-3
 */
export async function discover(issuer: string, options: RequestOptions = {}): Promise<DiscoveryResult> {
  if (!URL.canParse(issuer)) return failure('insecure_url', { errorDescription: 'The issuer is not a URL.' })
  const { origin, pathname } = new URL(issuer)
  const path = pathname.replace(/\/$/, '')
  const first = await read(`${origin}/.well-known/oauth-authorization-server${path}`, issuer, options)
  if (first.ok || first.error !== 'invalid_response') return first
  const second = await read(`${origin}${path}/.well-known/openid-configuration`, issuer, options)
  if (second.ok || second.error !== 'invalid_response' || path === '') return second
  return read(`${origin}${path}/.well-known/oauth-authorization-server`, issuer, options)
}

async function read(url: string, issuer: string, options: RequestOptions): Promise<DiscoveryResult> {
  const answer = await exchange(url, () => ({ headers: { accept: 'application/json' } }), options)
  if (!answer.ok) return answer
  const members = membersOf(answer)
  if (answer.status !== 200 || members === undefined) return failureOf(answer, undefined)
  const named = textOf(members, 'issuer')
  if (named?.replace(/\/$/, '') !== issuer.replace(/\/$/, '')) {
    return failure('invalid_response', { errorDescription: 'The metadata are of another issuer.', raw: members })
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
