import type { TokenAuthority } from '@device-auth/core'

/** Where tokens are asked about, and who asks. */
export interface IntrospectionOptions {
  /** The server's issuer; it also names the protected area in challenges. */
  readonly issuer: string
  /** The introspection endpoint. Default: `/introspect` below the issuer. */
  readonly endpoint?: string
  readonly clientId: string
  /** Sent by `client_secret_basic`. */
  readonly clientSecret: string
  /** Seconds that the server may take. @default 5 */
  readonly timeout?: number
  /** Default: the global one. */
  readonly fetch?: typeof fetch
}

/** What the server says of a live token; what it leaves out is `undefined`. */
export interface IntrospectedClaims {
  readonly subject: string | undefined
  readonly username: string | undefined
  readonly clientId: string | undefined
  /** Space-delimited; `''` for none. */
  readonly scope: string
  /** Epoch milliseconds. */
  readonly issuedAt: number | undefined
  /** Epoch milliseconds. */
  readonly expiresAt: number | undefined
}

/**
 * Asks a server elsewhere about each token, so that a revoked one is refused at once; nothing is cached. A server that
 * fails, answers anything but 200 and JSON, or is too slow makes the request end in 503.
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

/** RFC 6749 section 2.3.1 wants both halves form-encoded before Basic. */
function formEncoded(text: string): string {
  return new URLSearchParams([[text, '']]).toString().slice(0, -1)
}
