import { isSecureAddress, none, type StoredToken } from '@device-auth/client'
import { plain } from '../terminal/plain-text.ts'
import { requestHeaders, type UsableToken } from './authorization.ts'
import type { Connection } from './connection.ts'
import { boundedText, objectOf } from './response-body.ts'

/** Statements of a server about a user, by name. */
export type Claims = Readonly<Record<string, unknown>>

/** The members in which servers put the user when the answer is not flat. */
const wrappers = ['user', 'userinfo', 'data', 'profile', 'account', 'result']

/**
 * The best name for the user among the claims; where they have none, in a member that stands for the user, such as `user` or `data.user`.
 * `undefined` if there is none.
 */
export function displayName(claims: Claims, depth = 2): string | undefined {
  const names = ['name', 'preferred_username', 'login', 'nickname', 'username', 'email', 'sub']
  const found = names
    .map((name) => claims[name])
    .find((value): value is string => typeof value === 'string' && plain(value).trim() !== '')
  if (found !== undefined) return plain(found, 100)
  if (depth === 0) return undefined
  for (const wrapper of wrappers) {
    const inner = claims[wrapper]
    const name = isClaims(inner) ? displayName(inner, depth - 1) : undefined
    if (name !== undefined) return name
  }
  return undefined
}

function isClaims(value: unknown): value is Claims {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The userinfo address of a provider whose metadata does not name it. */
export function knownUserinfo(issuer: string): string | undefined {
  return new URL(issuer).hostname === 'github.com' ? 'https://api.github.com/user' : undefined
}

/** The claims of an id_token. The client has checked the token when it came. */
export function claimsOf(idToken: string | undefined): Claims | undefined {
  return objectOf(Buffer.from(idToken?.split('.')[1] ?? '', 'base64url').toString('utf8'))
}

/** The claims from the userinfo endpoint. `undefined` if they cannot be had. */
export async function fetchClaims(
  address: string | undefined,
  token: UsableToken,
  connection: Connection,
): Promise<Claims | undefined> {
  if (address === undefined || !isSecureAddress(address, connection)) return undefined
  const send = async (): Promise<Response | undefined> => {
    const headers = await requestHeaders(token, 'GET', address)
    return headers && request(address, { headers }, connection)
  }
  const first = await send()
  const nonce = first?.headers.get('dpop-nonce') ?? null
  token.dpop?.remember(nonce)
  // RFC 9449 section 9: the server may want a nonce in the proof, which only its answer names
  const isNonceAsked = first?.status === 401 && nonce !== null && token.dpop !== undefined
  return claimsIn(isNonceAsked ? await send() : first)
}

/**
 * The claims from token introspection. `undefined` if the server does not answer this client or the token is not active.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc7662#section-2 RFC 7662 section 2}
 */
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
  if (!isSecureAddress(address, connection)) return undefined
  const claims = await claimsIn(await request(address, { method: 'POST', headers, body: form }, connection))
  return claims?.active === true ? claims : undefined
}

/** The response of a server; `undefined` if it cannot be reached: the caller then tries the next source of a name. */
async function request(address: string, init: RequestInit, connection: Connection): Promise<Response | undefined> {
  const { fetch = globalThis.fetch, headers, signal } = connection
  const timeout = AbortSignal.timeout(10_000)
  try {
    return await fetch(address, {
      ...init,
      headers: { ...headers, accept: 'application/json', ...(init.headers as Record<string, string>) },
      redirect: 'error',
      signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
    })
  } catch {
    return undefined
  }
}

async function claimsIn(response: Response | undefined): Promise<Claims | undefined> {
  if (response?.ok !== true) return undefined
  // a body that breaks off has no claims either
  return objectOf(await boundedText(response).catch(() => ''))
}
