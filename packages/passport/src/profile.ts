import type { ExchangeOptions } from '@device-auth/client'

/** The provider's profile of a user: the JSON object that its userinfo endpoint answers with. */
export type Profile = Readonly<Record<string, unknown>>

/**
 * Asks a userinfo endpoint for the profile of the user who signed in.
 *
 * @param address - The URL of the endpoint; without one the profile is `{}`.
 * @param headers - The headers that show the access token.
 * @throws {Error} if the endpoint does not answer in time (`timeout` seconds, default 30) with success and JSON.
 * @see {@link https://openid.net/specs/openid-connect-core-1_0.html#UserInfo OpenID Connect Core section 5.3}
 */
export async function fetchProfile(
  address: string | undefined,
  headers: Readonly<Record<string, string>>,
  { fetch: send = fetch, timeout = 30 }: ExchangeOptions,
): Promise<Profile> {
  if (address === undefined) return {}
  const response = await send(address, {
    headers: { ...headers, accept: 'application/json' },
    redirect: 'error',
    signal: AbortSignal.timeout(timeout * 1000),
  })
  if (!response.ok) throw new Error(`The userinfo endpoint answered ${response.status}.`)
  const profile: unknown = await response.json()
  return typeof profile === 'object' && profile !== null ? { ...profile } : {}
}
