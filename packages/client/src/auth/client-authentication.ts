import { type Checks, checkOptions, isFunction, isText } from '../runtime/options.ts'
import { randomText } from './base64url.ts'
import { type Claims, type SigningAlgorithm, type SigningKey, signJwt } from './jwt.ts'

/** A request before it is sent. A client authentication changes its form and its headers. */
export interface RequestDraft {
  /** The URL of the endpoint. */
  readonly address: string
  readonly clientId: string
  /** The parameters, by their names in the RFCs. */
  readonly form: URLSearchParams
  /** The headers, by their names in lower case. */
  readonly headers: Record<string, string>
}

/**
 * A client authentication method: a function that adds the credentials of the client to each request. {@link none},
 * {@link clientSecretBasic}, {@link clientSecretPost}, {@link privateKeyJwt} and {@link tlsClientAuth} make one.
 *
 * @example
 * const authentication: ClientAuthentication = ({ form, clientId, headers }) => {
 *   form.set('client_id', clientId)
 *   headers['x-device-certificate'] = certificate
 * }
 * @see {@link https://www.rfc-editor.org/rfc/rfc6749#section-2.3 RFC 6749 section 2.3}
 */
export type ClientAuthentication = (draft: RequestDraft) => void | Promise<void>

/** The credentials of a client; without them it is a public one. */
export interface ClientCredentials {
  /** The client secret, sent by {@link clientSecretBasic}. For any other way, use `authentication`. */
  readonly clientSecret?: string | undefined
  /** The client authentication method, instead of a secret; default {@link none}. */
  readonly authentication?: ClientAuthentication | undefined
}

/** The authentication method of a client. */
export function authenticationOf({ clientSecret, authentication }: ClientCredentials): ClientAuthentication {
  if (authentication !== undefined) return authentication
  // null, which a database or a JSON file may hold, is no secret either
  const secret = clientSecret ?? undefined
  return secret === undefined ? none() : (draft) => clientSecretBasic(secret)(draft)
}

/**
 * A public client, which sends its id alone: the default.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc6749#section-3.2.1 RFC 6749 section 3.2.1}
 */
export function none(): ClientAuthentication {
  return ({ form, clientId }) => form.set('client_id', clientId)
}

/**
 * Authentication by a TLS client certificate, which the option `fetch` has to present. The request itself carries the id alone.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc8705#section-2 RFC 8705 section 2}
 */
export function tlsClientAuth(): ClientAuthentication {
  return none()
}

/**
 * Authentication by a client secret in the form.
 *
 * @throws {TypeError} when the secret is empty or not a string.
 * @see {@link https://www.rfc-editor.org/rfc/rfc6749#section-2.3.1 RFC 6749 section 2.3.1}
 */
export function clientSecretPost(clientSecret: string): ClientAuthentication {
  checkSecret(clientSecret)
  return ({ form, clientId }) => {
    form.set('client_id', clientId)
    form.set('client_secret', clientSecret)
  }
}

/**
 * Authentication by a client secret in the `Authorization` header.
 *
 * @throws {TypeError} when the secret is empty or not a string.
 * @see {@link https://www.rfc-editor.org/rfc/rfc6749#section-2.3.1 RFC 6749 section 2.3.1}
 */
export function clientSecretBasic(clientSecret: string): ClientAuthentication {
  checkSecret(clientSecret)
  return ({ form, headers, clientId }) => {
    // some servers look for the client id in the form of a device authorization request, even when the header has it
    form.set('client_id', clientId)
    headers.authorization = `Basic ${btoa(`${formEncoded(clientId)}:${formEncoded(clientSecret)}`)}`
  }
}

function formEncoded(text: string): string {
  return new URLSearchParams({ '': text }).toString().slice(1)
}

/** A variable that is not set must not become the secret `undefined`, nor make a public client. */
function checkSecret(clientSecret: unknown): void {
  if (typeof clientSecret !== 'string' || clientSecret === '') {
    throw new TypeError('The client secret must be a non-empty string. A client without a secret uses none().')
  }
}

/** Options of {@link privateKeyJwt}. The assertion is signed with a key, or by a function. */
export type PrivateKeyJwtOptions = {
  /** The audience of the assertion; default: the URL of the endpoint. Most servers want their issuer, and some accept nothing else. */
  readonly audience?: string
} & (
  | {
      readonly key: SigningKey
      readonly algorithm: SigningAlgorithm
      /** The `kid` in the header of the assertion. */
      readonly keyId?: string
    }
  /** Signs the claims elsewhere: with `jose`, or in a key store. Returns the JWT. */
  | { readonly sign: (claims: Claims) => string | Promise<string> }
)

type JwtOptions = { audience: unknown; key: unknown; algorithm: unknown; keyId: unknown; sign: unknown }

const jwtChecks: Checks<JwtOptions> = {
  audience: isText,
  key: (value) => (typeof value === 'object' ? undefined : 'a CryptoKey'),
  algorithm: isText,
  keyId: isText,
  sign: isFunction,
}

/**
 * Authentication by a JWT that the client signs for each request; it is valid for one minute.
 *
 * @throws {TypeError} that names an option that is missing, misspelt or wrong.
 * @example
 * const authentication = privateKeyJwt({ key, algorithm: 'ES256', keyId: 'k1', audience: 'https://as.example.com' })
 * @see {@link https://www.rfc-editor.org/rfc/rfc7523#section-2.2 RFC 7523 section 2.2}
 */
export function privateKeyJwt(options: PrivateKeyJwtOptions): ClientAuthentication {
  checkOptions<Partial<JwtOptions>>(
    'privateKeyJwt',
    options,
    jwtChecks,
    'sign' in Object(options) ? ['sign'] : ['key', 'algorithm'],
  )
  return async ({ address, clientId, form }) => {
    const iat = Math.floor(Date.now() / 1000)
    const aud = options.audience ?? address
    const claims = { iss: clientId, sub: clientId, aud, jti: randomText(), iat, exp: iat + 60 }
    form.set('client_id', clientId)
    form.set('client_assertion_type', 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer')
    form.set('client_assertion', await signed(options, claims))
  }
}

async function signed(options: PrivateKeyJwtOptions, claims: Claims): Promise<string> {
  if ('sign' in options) return options.sign(claims)
  const { key, algorithm: alg, keyId } = options
  return signJwt({ alg, ...(keyId === undefined ? {} : { kid: keyId }) }, claims, key)
}
