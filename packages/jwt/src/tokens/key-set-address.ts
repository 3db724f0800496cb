/** Milliseconds that the server may take to answer. */
const TIMEOUT = 5_000

/**
 * Finds the address of a server's keys in its metadata: by the rule of RFC 8414, then by that of OpenID Connect.
 *
 * @throws {Error} if neither has metadata of this issuer with `jwks_uri`.
 * @see {@link https://www.rfc-editor.org/rfc/rfc8414#section-3.1 RFC 8414 section 3.1}
 */
export async function findKeySet(issuer: string, fetchFunction: typeof fetch): Promise<URL> {
  const { origin, pathname } = new URL(issuer)
  const path = pathname.replace(/\/$/, '')
  const addresses = [
    `${origin}/.well-known/oauth-authorization-server${path}`,
    `${origin}${path}/.well-known/openid-configuration`,
  ]
  const failures: unknown[] = []
  for (const address of addresses) {
    try {
      return await readAddress(address, issuer, fetchFunction)
    } catch (error) {
      failures.push(error)
    }
  }
  throw new AggregateError(
    failures,
    `jwtVerifier: ${issuer} has no metadata with jwks_uri at ${addresses.join(' or ')}.`,
  )
}

async function readAddress(address: string, issuer: string, fetchFunction: typeof fetch): Promise<URL> {
  const response = await fetchFunction(address, { redirect: 'error', signal: AbortSignal.timeout(TIMEOUT) })
  if (!response.ok) throw new Error(`${address} answers ${response.status}.`)
  const metadata: unknown = await response.json()
  const { issuer: named, jwks_uri } = Object(metadata)
  // RFC 8414 section 3.3: the metadata of another issuer must not be used
  if (named !== issuer) throw new Error(`${address} is the metadata of another issuer. Check the option \`issuer\`.`)
  if (typeof jwks_uri !== 'string' || !URL.canParse(jwks_uri)) throw new Error(`${address} has no jwks_uri.`)
  return new URL(jwks_uri)
}
