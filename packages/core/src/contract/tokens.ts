import type { Awaitable } from '../http.ts'
import type { IntrospectionResponse, TokenResponse } from '../protocol.ts'
import type { TokenClaims } from './device-auth.ts'
import type { ApprovedGrant } from './hook-arguments.ts'
import type { Confirmation } from './key-binding.ts'

/** The server that a token is made for. */
export interface TokenIssuer {
  /** The option `issuer`: the claim `iss`. */
  readonly issuer: string
  /** The time in epoch milliseconds. */
  readonly now: number
}

/** The public keys by which others verify tokens of this server. They are served at `paths.jwks`. */
export interface PublicKeys {
  /**
   * The keys at this moment as JWKs, without private members. Called with each request for them.
   * @see {@link https://www.rfc-editor.org/rfc/rfc7517#section-4 RFC 7517 section 4}
   */
  list(): Awaitable<readonly Readonly<Record<string, unknown>>[]>
  /** The seconds for which caches may keep them. */
  readonly maxAge: number
}

/**
 * Signs introspection responses, for resource servers that ask for a JWT.
 * @see {@link https://www.rfc-editor.org/rfc/rfc9701#section-5 RFC 9701 section 5}
 */
export interface IntrospectionSigner {
  /** The algorithms of the signatures, for the metadata. */
  readonly algorithms: readonly string[]
  /**
   * Makes the JWT. Called once per introspection request that asks for one.
   *
   * @param audience - The client id of the resource server that asks: the claim `aud`.
   */
  sign(response: IntrospectionResponse, audience: string, server: TokenIssuer): Awaitable<string>
}

/** A format of access tokens: makes and recognises them. The store keeps their hashes only. */
export interface AccessTokenFormat {
  /** The lifetime of an access token in seconds. */
  readonly expiresIn: number
  /** The `token_type` of a token that is not bound to a key. @default 'Bearer' */
  readonly tokenType?: string
  /** The resource servers that may accept a token for which no `resource` was asked. Default: nothing says for whom it is. */
  readonly audience?: string | readonly string[]
  /** The keys by which resource servers verify the tokens themselves. Default: they cannot. */
  readonly keys?: PublicKeys
  /** Signs introspection responses by these keys, if a request asks for `application/token-introspection+jwt`. Default: all are JSON. */
  readonly introspection?: IntrospectionSigner
  /** Makes an access token. Called once per redemption and once per refresh, by the default hook `generateToken`. */
  issue(approved: ApprovedGrant, server: TokenIssuer): Awaitable<string>
  /**
   * Reads the id of the token family, the `grantId`, from a token of this format. Called each time that a token is
   * presented. Whether the token is genuine is not asked here: the store compares its hash.
   *
   * @returns `undefined` for a text that is not such a token.
   */
  locate(token: string): Awaitable<string | undefined>
  /**
   * Reads the key that a token of this format is bound to: the `confirmation` of the grant that `issue` was called with. It is read
   * from the token, because the store keeps only the hash of the token. Required with the option `keyBinding`.
   *
   * @returns `undefined` for a token that is not bound.
   */
  confirmation?(token: string): Confirmation | undefined
}

/**
 * OpenID Connect for this server, as `openIdConnect()` of the package `@device-auth/jwt` makes it. With it, the scope
 * `openid` gives the device an id_token.
 *
 * @typeParam Native - The framework's request.
 * @see {@link https://openid.net/specs/openid-connect-core-1_0.html#IDToken OpenID Connect Core section 2}
 */
export interface OpenIdProvider<Native = unknown> {
  /** The keys by which clients verify id_tokens. */
  readonly keys: PublicKeys
  /** Further members of the server's metadata, such as `id_token_signing_alg_values_supported`. */
  readonly metadata: Readonly<Record<string, unknown>>
  /**
   * Makes an id_token. Called once per redemption and once per refresh whose scope has `openid`, after `generateToken`.
   *
   * @param token - The token response that the id_token becomes a part of.
   */
  issue(approved: ApprovedGrant<Native>, token: TokenResponse, server: TokenIssuer): Awaitable<string>
  /**
   * The claims about the user, for the UserInfo endpoint. Called once per request whose access token has the scope `openid`.
   * @see {@link https://openid.net/specs/openid-connect-core-1_0.html#UserInfo OpenID Connect Core section 5.3}
   */
  userInfo(token: TokenClaims): Awaitable<Readonly<Record<string, unknown>>>
}
