import type { StoredToken } from '@device-auth/client'
import { isSafe } from './guarded-fetch.ts'
import { plain } from './plain-text.ts'
import type { Connection } from './settings.ts'

/** What a server says of a person. */
export type Claims = Readonly<Record<string, unknown>>

/** Where to ask. */
export interface IdentitySource {
  readonly issuer: string
  /** The address that answers with claims for an access token. */
  readonly userinfo: string | undefined
  readonly connection: Connection
}

/** How the person may be addressed, if it takes no more than one request; never fails. */
export async function nameOf(stored: StoredToken, source: IdentitySource): Promise<string | undefined> {
  const address = source.userinfo ?? knownUserinfo(source.issuer)
  const claims = claimsOf(stored.idToken) ?? (address && (await fetchClaims(address, stored, source)))
  return claims ? displayName(claims) : undefined
}

/** The best name among claims. */
export function displayName(claims: Claims): string | undefined {
  const names = ['name', 'preferred_username', 'login', 'nickname', 'email', 'sub'].map((claim) => claims[claim])
  const name = names.find((value) => typeof value === 'string' && plain(value) !== '')
  return name === undefined ? undefined : plain(name, 100)
}

/** Providers that say nothing of it in metadata. */
export function knownUserinfo(issuer: string): string | undefined {
  return new URL(issuer).hostname === 'github.com' ? 'https://api.github.com/user' : undefined
}

/** What an id_token says; the client has checked it when it came. */
export function claimsOf(idToken: string | undefined): Claims | undefined {
  try {
    return JSON.parse(Buffer.from(idToken?.split('.')[1] ?? '', 'base64url').toString('utf8'))
  } catch {
    return undefined
  }
}

/** The claims of a userinfo address, or nothing. */
export async function fetchClaims(
  address: string,
  { tokenType, accessToken }: StoredToken,
  { connection }: Pick<IdentitySource, 'connection'>,
): Promise<Claims | undefined> {
  const { fetch = globalThis.fetch, headers, dangerouslyAllowHttp = false } = connection
  if (!isSafe(address, dangerouslyAllowHttp)) return undefined
  const type = /^bearer$/i.test(tokenType) ? 'Bearer' : tokenType
  try {
    const response = await fetch(address, {
      headers: { ...headers, accept: 'application/json', authorization: `${type} ${accessToken}` },
      redirect: 'error',
      signal: AbortSignal.timeout(10_000),
    })
    const claims: unknown = response.ok ? JSON.parse(await bounded(response)) : undefined
    return isClaims(claims) ? claims : undefined
  } catch {
    return undefined
  }
}

function isClaims(value: unknown): value is Claims {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

const MAX_BODY = 262_144

async function bounded(response: Response): Promise<string> {
  let text = ''
  const decoder = new TextDecoder()
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk, { stream: true })
    if (text.length > MAX_BODY) throw new Error('The answer is too long.')
  }
  return text
}
