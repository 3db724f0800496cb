import { none, type StoredToken } from '@device-auth/client'
import { plain } from '../terminal/plain-text.ts'
import { boundedText, objectOf } from './answer.ts'
import type { Connection } from './connection.ts'
import { isSafe } from './guarded-fetch.ts'

/** What a server says of a person. */
export type Claims = Readonly<Record<string, unknown>>

/** The best name among claims. */
export function displayName(claims: Claims): string | undefined {
  const names = ['name', 'preferred_username', 'login', 'nickname', 'username', 'email', 'sub']
  const found = names.map((name) => claims[name]).find((value) => typeof value === 'string' && plain(value) !== '')
  return found === undefined ? undefined : plain(found, 100)
}

/** Providers that say nothing of it in metadata. */
export function knownUserinfo(issuer: string): string | undefined {
  return new URL(issuer).hostname === 'github.com' ? 'https://api.github.com/user' : undefined
}

/** What an id_token says; the client has checked it when it came. */
export function claimsOf(idToken: string | undefined): Claims | undefined {
  return objectOf(Buffer.from(idToken?.split('.')[1] ?? '', 'base64url').toString('utf8'))
}

/** What a userinfo address says, or nothing. */
export function fetchClaims(
  address: string | undefined,
  { tokenType, accessToken }: StoredToken,
  connection: Connection,
): Promise<Claims | undefined> {
  const type = /^bearer$/i.test(tokenType) ? 'Bearer' : tokenType
  return ask(address, { headers: { authorization: `${type} ${accessToken}` } }, connection)
}

/** What a server says of the token (RFC 7662), if it tells this client. */
export async function introspect(
  address: string | undefined,
  { accessToken }: StoredToken,
  clientId: string,
  connection: Connection,
): Promise<Claims | undefined> {
  if (address === undefined) return undefined
  const form = new URLSearchParams({ token: accessToken })
  const headers: Record<string, string> = {}
  await (connection.authentication ?? none())({ address, clientId, form, headers })
  const claims = await ask(address, { method: 'POST', headers, body: form }, connection)
  return claims?.active === true ? claims : undefined
}

async function ask(
  address: string | undefined,
  init: RequestInit,
  connection: Connection,
): Promise<Claims | undefined> {
  const { fetch = globalThis.fetch, headers, dangerouslyAllowHttp = false } = connection
  if (address === undefined || !isSafe(address, dangerouslyAllowHttp)) return undefined
  try {
    const response = await fetch(address, {
      ...init,
      headers: { ...headers, accept: 'application/json', ...(init.headers as Record<string, string>) },
      redirect: 'error',
      signal: AbortSignal.timeout(10_000),
    })
    return response.ok ? objectOf(await boundedText(response)) : undefined
  } catch {
    // whoever cannot be asked says nothing
    return undefined
  }
}
