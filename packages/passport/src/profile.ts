import type { ExchangeOptions } from '@device-auth/client'
import { parseJson, requestText } from './request.ts'

/** The provider's profile of a user: the JSON object that its userinfo endpoint answers with. */
export type Profile = Readonly<Record<string, unknown>>

/**
 * Asks a userinfo endpoint for the profile of the user who signed in.
 *
 * @param address - The URL of the endpoint; without one the profile is `{}`.
 * @param headers - The headers that show the access token.
 * @throws {Error} if the endpoint does not answer in time (`timeout` seconds, default 30) with success and a JSON object of at most
 * `maxBodySize` bytes (default 262144); its `cause` is the error below, if there is one.
 * @see {@link https://openid.net/specs/openid-connect-core-1_0.html#UserInfo OpenID Connect Core section 5.3}
 */
export async function fetchProfile(
  address: string | undefined,
  headers: Readonly<Record<string, string>>,
  { fetch: send, timeout, maxBodySize }: ExchangeOptions,
): Promise<Profile> {
  if (address === undefined) return {}
  const who = `The userinfo endpoint ${address}`
  const init = { headers: { ...headers, accept: 'application/json' } }
  const { status, text } = await requestText(who, address, init, { send, timeout, maxBodySize })
  if (status < 200 || status > 299) throw new Error(`${who} answered HTTP ${status}.`)
  const profile = parseJson(who, text)
  // without a profile, the application would find the same user for everybody
  if (typeof profile !== 'object' || profile === null || Array.isArray(profile))
    throw new Error(`${who} did not answer with a JSON object.`)
  return { ...profile }
}
