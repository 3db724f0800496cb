import { exchange } from '../http/exchange.ts'
import { defined, type Failure, failure } from '../http/failure.ts'
import { failureOf, type Members, membersOf, numberOf, textOf } from '../http/oauth-response.ts'
import { requestChecks } from '../http/option-checks.ts'
import type { RequestOptions } from '../http/post.ts'
import { printable } from '../http/printable.ts'
import { checkOptions } from '../runtime/options.ts'

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
  /** The longest time in seconds that the server holds a poll which asks for it; missing when it holds none. */
  readonly maxPollWait?: number
  /** All members of the document. */
  readonly document: Readonly<Record<string, unknown>>
}

/** The metadata, or a failure. */
export type DiscoveryResult = (ServerMetadata & { readonly ok: true; readonly error?: never }) | Failure

/**
 * Requests the metadata of an authorization server. It asks at the address of RFC 8414, then at the one of OpenID Connect Discovery, and
 * last below the path of the issuer, where a server has it that is mounted in an application. An address without an answer that names
 * the endpoints of the device grant does not end the search. Metadata of another issuer are refused.
 *
 * @param issuer - The issuer URL.
 * @returns The metadata, or a failure. The failure is the one that says most: `issuer_mismatch`, which names the issuer
 * that the server has; a temporary problem; `metadata_not_found`; or a response of something else.
 * @throws {TypeError} that names an option that is misspelt or wrong; never rejects otherwise.
 * @example
 * const metadata = await discover('https://as.example.com')
 * if (metadata.ok) console.log(metadata.deviceAuthorizationEndpoint)
 * @see {@link https://www.rfc-editor.org/rfc/rfc8414#section-3 RFC 8414 section 3}
 */
export async function discover(issuer: string, options: RequestOptions = {}): Promise<DiscoveryResult> {
  const given = checkOptions('discover', options, requestChecks)
  if (!URL.canParse(issuer))
    return failure('insecure_url', { errorDescription: 'The issuer must be a URL, such as https://example.com.' })
  const { origin, pathname } = new URL(issuer)
  if (pathname.includes(place)) {
    const errorDescription = `The issuer is the address of the metadata: leave out ${place} and what follows.`
    return failure('client_error', { errorDescription })
  }
  const path = pathname.replace(/\/$/, '')
  const oauth = `${place}oauth-authorization-server`
  const places = [oauth + path, `${path}${place}openid-configuration`, path + oauth]
  const results: DiscoveryResult[] = []
  for (const one of new Set(places)) {
    const result = await request(origin + one, issuer, given)
    results.push(result)
    // nothing answers there, whatever the path; or there is nothing left to find
    if (result.ok ? result.deviceAuthorizationEndpoint && result.tokenEndpoint : result.status === undefined)
      return result
  }
  return results.reduce((best, result) => (rank(result) > rank(best) ? result : best))
}

const place = '/.well-known/'

/** The rank of a result: the more it says about the server, the higher. */
function rank(result: DiscoveryResult): number {
  if (result.ok) return 4
  const { error } = result
  if (error === 'issuer_mismatch') return 3
  if (error === 'metadata_not_found') return 1
  return /unavailable|slow_down/.test(error) ? 2 : 0
}

/** The member `device_authorization_poll_wait_max`, which is not registered. */
function waitOf(members: Members): number | undefined {
  const seconds = numberOf(members, 'device_authorization_poll_wait_max')
  return seconds && seconds > 0 ? seconds : undefined
}

async function request(url: string, issuer: string, options: RequestOptions): Promise<DiscoveryResult> {
  const response = await exchange(url, () => ({ headers: { accept: 'application/json' } }), options)
  if (!response.ok) return response
  const { status } = response
  const members = membersOf(response)
  if (status !== 200 || members === undefined) {
    const failed = failureOf(response, undefined)
    if (status < 400 || failed.error !== 'invalid_response') return failed
    return failure('metadata_not_found', { status, errorDescription: `HTTP ${status} at ${url}` })
  }
  const named = textOf(members, 'issuer')
  if (named?.replace(/\/$/, '') !== issuer.replace(/\/$/, '')) {
    const other = named === undefined ? 'no issuer' : `the issuer ${printable(named)}`
    const errorDescription = `${url} names ${other} instead of ${issuer}`
    return failure(named === undefined ? 'invalid_response' : 'issuer_mismatch', {
      status,
      errorDescription,
      raw: members,
    })
  }
  return {
    ok: true,
    issuer: named,
    ...defined({
      deviceAuthorizationEndpoint: textOf(members, 'device_authorization_endpoint'),
      tokenEndpoint: textOf(members, 'token_endpoint'),
      revocationEndpoint: textOf(members, 'revocation_endpoint'),
      maxPollWait: waitOf(members),
    }),
    document: members,
  }
}
