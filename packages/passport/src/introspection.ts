import type { TokenAuthority } from '@device-auth/core'

/** The server that knows the tokens, and this API as its client. */
export interface IntrospectionOptions {
  /** The server's issuer; it is also the realm in challenges. */
  readonly issuer: string
  /** The URL of the introspection endpoint. Default: `/introspect` below the issuer. */
  readonly endpoint?: string
  readonly clientId: string
  /** The client secret, sent in the Authorization header (`client_secret_basic`). */
  readonly clientSecret: string
  /** Seconds to wait for the server. @default 5 */
  readonly timeout?: number
  /** The function that sends requests. Default: the global `fetch`. */
  readonly fetch?: typeof fetch
}

/** The claims of an active token; those that the server leaves out are `undefined`. */
export interface IntrospectedClaims {
  readonly subject: string | undefined
  readonly username: string | undefined
  readonly clientId: string | undefined
  /** Space-delimited; `''` if there is none. */
  readonly scope: string
  /** Epoch milliseconds. */
  readonly issuedAt: number | undefined
  /** Epoch milliseconds. */
  readonly expiresAt: number | undefined
}

/**
 * Asks a server elsewhere about each token. Nothing is cached, so that a revoked token is refused at once. If the server
 * fails, is too slow, or does not answer with 200 and JSON, the request is answered 503.
 *
 * @throws {TypeError} that names the option that is missing.
 * @see {@link https://www.rfc-editor.org/rfc/rfc7662#section-2 RFC 7662 section 2}
 */
export function introspection(options: IntrospectionOptions): TokenAuthority<IntrospectedClaims> {
  for (const name of ['issuer', 'clientId', 'clientSecret'] as const) {
    if (typeof options?.[name] !== 'string' || options[name] === '')
      throw new TypeError(`introspection() needs the option \`${name}\`, a string.`)
  }
  const { issuer, endpoint = `${issuer.replace(/\/$/, '')}/introspect`, clientId, clientSecret } = options
  const { timeout = 5, fetch: send = fetch } = options
  const authorization = `Basic ${btoa(`${formEncoded(clientId)}:${formEncoded(clientSecret)}`)}`
  return {
    issuer,
    async authenticate(token) {
      const response = await send(endpoint, {
        method: 'POST',
        headers: { authorization, accept: 'application/json' },
        body: new URLSearchParams({ token, token_type_hint: 'access_token' }),
        redirect: 'error',
        signal: AbortSignal.timeout(timeout * 1000),
      })
      if (response.status !== 200) throw new Error(`The introspection endpoint answered ${response.status}.`)
      return readClaims(await response.json(), issuer)
    },
  }
}

function readClaims(answer: unknown, issuer: string): IntrospectedClaims | undefined {
  const { active, iss, sub, username, client_id, scope, iat, exp }: Record<string, unknown> = Object(answer)
  if (active !== true || (iss !== undefined && iss !== issuer)) return undefined
  const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)
  const instant = (value: unknown): number | undefined => (typeof value === 'number' ? value * 1000 : undefined)
  return {
    subject: text(sub),
    username: text(username),
    clientId: text(client_id),
    scope: text(scope) ?? '',
    issuedAt: instant(iat),
    expiresAt: instant(exp),
  }
}

/**
 * Encodes a client id or a client secret for the Authorization header.
 * @see {@link https://www.rfc-editor.org/rfc/rfc6749#section-2.3.1 RFC 6749 section 2.3.1}
 */
function formEncoded(text: string): string {
  return new URLSearchParams([[text, '']]).toString().slice(0, -1)
}
