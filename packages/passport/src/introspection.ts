import { type Check, isBoolean, isFunction, isNumberFrom, isText, type TokenAuthority } from '@device-auth/core'
import { checkSettings, isEndpoint } from './options.ts'
import { parseJson, requestText } from './request.ts'

/** The server that knows the tokens, and this API as its client. */
export interface IntrospectionOptions {
  /** The server's issuer, with or without a slash at its end; it is also the realm in challenges. */
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
  /**
   * `false` accepts tokens of which the server does not say their `token_type`, which RFC 7662 allows. Many servers say it of access tokens
   * and leave it out for refresh tokens, so only do this if yours never says that a refresh token is active. @default true
   */
  readonly requireTokenType?: boolean
  /** `true` sends the secret and the tokens to an http address on another machine, unencrypted. @default false */
  readonly dangerouslyAllowHttp?: boolean
}

/** The claims of an active token; those that the server leaves out are `undefined`. */
export interface IntrospectedClaims {
  readonly subject: string | undefined
  readonly username: string | undefined
  readonly clientId: string | undefined
  /** Space-delimited; `''` if there is none. */
  readonly scope: string
  /** The resource servers that the token is for, from `aud`. */
  readonly audience: readonly string[] | undefined
  /** The log-in of the user, from `auth_time` (here in epoch milliseconds) and `acr`. */
  readonly authentication: { readonly time: number | undefined; readonly acr: string | undefined } | undefined
  /** Epoch milliseconds. */
  readonly issuedAt: number | undefined
  /** Epoch milliseconds. */
  readonly expiresAt: number | undefined
}

/**
 * Asks a server elsewhere about each token. Nothing is cached, so that a revoked token is refused at once. Only access tokens of the type
 * Bearer are accepted, not refresh tokens, nor tokens that are bound to a key, which this API does not ask for. If the server fails, is
 * too slow, or does not answer with 200 and JSON, the request is answered 503; the reason is the `cause` of that error.
 *
 * @throws {TypeError} that names the option that is missing, unknown or wrong.
 * @see {@link https://www.rfc-editor.org/rfc/rfc7662#section-2 RFC 7662 section 2}
 */
export function introspection(options: IntrospectionOptions): TokenAuthority<IntrospectedClaims> {
  checkIntrospection(options)
  const { issuer, clientId, clientSecret } = options
  // null, which a database or a JSON file may hold, counts as not given
  const sending = { send: options.fetch ?? undefined, timeout: options.timeout ?? 5 }
  const requireTokenType = options.requireTokenType ?? true
  const endpoint = options.endpoint ?? `${issuer.replace(/\/$/, '')}/introspect`
  const authorization = `Basic ${btoa(`${formEncoded(clientId)}:${formEncoded(clientSecret)}`)}`
  return {
    issuer,
    async authenticate(token) {
      const who = `The introspection endpoint ${endpoint}`
      const headers = { authorization, accept: 'application/json' }
      const body = new URLSearchParams({ token, token_type_hint: 'access_token' })
      const { status, text } = await requestText(who, endpoint, { method: 'POST', headers, body }, sending)
      if (status !== 200) throw new Error(`${who} answered HTTP ${status}.${adviceFor(status, clientId)}`)
      const answer: Members = Object(parseJson(who, text))
      return isAccessToken(answer, issuer, requireTokenType) ? readClaims(answer) : undefined
    },
  }
}

function checkIntrospection(options: IntrospectionOptions): void {
  const isAddress = isEndpoint(Object(options).dangerouslyAllowHttp === true)
  const checks: Readonly<Record<keyof IntrospectionOptions, Check>> = {
    issuer: isAddress,
    endpoint: isAddress,
    clientId: isText,
    clientSecret: isText,
    timeout: isNumberFrom(0.001, 3600, 'seconds'),
    fetch: isFunction,
    requireTokenType: isBoolean,
    dangerouslyAllowHttp: isBoolean,
  }
  checkSettings('introspection()', options, checks, ['issuer', 'clientId', 'clientSecret'])
}

function adviceFor(status: number, clientId: string): string {
  if (status !== 400 && status !== 401 && status !== 403) return ''
  return ` Check clientId (${clientId}) and clientSecret, and that this client may introspect tokens.`
}

type Members = Readonly<Record<string, unknown>>

/**
 * True for an active access token of this issuer that may be used as a bearer token.
 *
 * The answer has no member that says what kind a token is. `token_type` is of access tokens only (RFC 6749 section 5.1); Hydra says it in
 * `token_use`, Keycloak in `typ`. A token with `cnf` is bound to a key: whoever accepts it without a proof accepts stolen ones.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc7662#section-2.2 RFC 7662 section 2.2}
 * @see {@link https://www.rfc-editor.org/rfc/rfc7800#section-3.1 RFC 7800 section 3.1}
 */
function isAccessToken(answer: Members, issuer: string, requireTokenType: boolean): boolean {
  const { active, iss, token_type: type, token_use: use, typ, cnf } = answer
  if (active !== true || (cnf !== undefined && cnf !== null)) return false
  if (typeof iss === 'string' ? withoutSlash(iss) !== withoutSlash(issuer) : iss !== undefined && iss !== null)
    return false
  if (typeof use === 'string' && !/^access(?:_token)?$/i.test(use)) return false
  if (typeof typ === 'string' && /refresh|offline|^id$/i.test(typ)) return false
  return type === undefined || type === null ? !requireTokenType : /^bearer$/i.test(String(type))
}

function withoutSlash(issuer: string): string {
  return issuer.replace(/\/$/, '')
}

function readClaims({ sub, username, client_id, scope, aud, auth_time, acr, iat, exp }: Members): IntrospectedClaims {
  const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)
  const instant = (value: unknown): number | undefined => (typeof value === 'number' ? value * 1000 : undefined)
  return {
    subject: text(sub),
    username: text(username),
    clientId: text(client_id),
    scope: scopeOf(scope),
    audience: audienceOf(aud),
    authentication: (auth_time ?? acr) === undefined ? undefined : { time: instant(auth_time), acr: text(acr) },
    issuedAt: instant(iat),
    expiresAt: instant(exp),
  }
}

/** The audience of an answer: one text, or a list of several. */
function audienceOf(aud: unknown): readonly string[] | undefined {
  const audience = [aud].flat().filter((one) => typeof one === 'string')
  return audience.length === 0 ? undefined : audience
}

/** The scopes of an answer, space-delimited. Some servers send them as a list. */
function scopeOf(scope: unknown): string {
  if (Array.isArray(scope)) return scope.filter((one) => typeof one === 'string').join(' ')
  return typeof scope === 'string' ? scope : ''
}

/**
 * Encodes a client id or a client secret for the Authorization header.
 * @see {@link https://www.rfc-editor.org/rfc/rfc6749#section-2.3.1 RFC 6749 section 2.3.1}
 */
function formEncoded(text: string): string {
  return new URLSearchParams([[text, '']]).toString().slice(0, -1)
}
