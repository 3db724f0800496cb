import type { Keys } from '../crypto/seal.ts'
import type { Awaitable, RequestHeaders } from '../http.ts'

/**
 * A method by which a client proves its key: `jkt` is DPoP, by the thumbprint of a JWK; `x5t#S256` is mutual TLS, by the thumbprint of
 * a certificate.
 * @see {@link https://www.rfc-editor.org/rfc/rfc9449#section-6.1 RFC 9449 section 6.1}
 * @see {@link https://www.rfc-editor.org/rfc/rfc8705#section-3.1 RFC 8705 section 3.1}
 */
export type KeyMethod = 'jkt' | 'x5t#S256'

/**
 * The key that a token is bound to, as in the claim `cnf`: the method, and the SHA-256 thumbprint of the key in base64url.
 * @see {@link https://www.rfc-editor.org/rfc/rfc7800#section-3.1 RFC 7800 section 3.1}
 */
export type Confirmation = { readonly jkt: string } | { readonly 'x5t#S256': string }

/**
 * A request that may prove a key.
 *
 * @typeParam Native - The framework's request.
 */
export interface ProofRequest<Native = unknown> {
  /** The HTTP method in upper case. */
  readonly method: string
  /** The URL of the request without its query, as clients know it. It is made from the issuer, never from the `Host` header. */
  readonly url: string
  /** The headers, with names in lower case. */
  readonly headers: RequestHeaders
  /** The framework's own request. */
  readonly native: Native
  /** The access token of the request, at a resource. */
  readonly accessToken?: string
}

/** The part of a server that the check of a proof uses. */
export interface ProofServer {
  /** The time in epoch milliseconds. */
  readonly now: number
  /** The keys of nonces, derived from the option `secret`: the current one, then previous ones. */
  readonly nonceKeys: Keys
}

/** A valid proof of a key. */
export interface KeyProof {
  /** The SHA-256 thumbprint of the key in base64url: 43 characters. */
  readonly thumbprint: string
  /** The id of a proof that may be used once, and the seconds in which it would be valid again. Default: it may come again. */
  readonly once?: { readonly id: string; readonly seconds: number }
  /** Headers for the response, such as the next nonce. Default: none. */
  readonly headers?: Readonly<Record<string, string>>
}

/**
 * A way to bind codes and tokens to a key of the client, such as `dpop()` of the package `@device-auth/jwt`.
 *
 * @typeParam Native - The framework's request.
 */
export interface KeyBinding<Native = unknown> {
  /** The method. It is the member of `cnf`. */
  readonly method: KeyMethod
  /** The algorithms of DPoP proofs, for challenges. Default: there is no such challenge. */
  readonly algorithms?: readonly string[]
  /** The error of a request whose proof is missing. */
  readonly error: string
  /** Further members of the server's metadata. */
  readonly metadata: Readonly<Record<string, unknown>>
  /** True if each device authorization request of a client that always proves its key needs a proof too. @default false */
  readonly fromFirstRequest?: boolean
  /**
   * Reads and checks the proof of a request. Nothing may be kept of it here: the server keeps `once`.
   *
   * @returns `undefined` for a request without a proof.
   * @throws {OAuthError} for a proof that is not valid.
   */
  read(request: ProofRequest<Native>, server: ProofServer): Awaitable<KeyProof | undefined>
}
