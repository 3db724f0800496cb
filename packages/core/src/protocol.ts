import { isObject, withoutNull } from './checks.ts'

/**
 * The grant type of device sign-in.
 * @see {@link https://www.rfc-editor.org/rfc/rfc8628#section-3.4 RFC 8628 section 3.4}
 */
export const DEVICE_CODE_GRANT_TYPE = 'urn:ietf:params:oauth:grant-type:device_code'

/**
 * The grant type of a refresh.
 * @see {@link https://www.rfc-editor.org/rfc/rfc6749#section-6 RFC 6749 section 6}
 */
export const REFRESH_TOKEN_GRANT_TYPE = 'refresh_token'

/**
 * The grant type of a token exchange.
 * @see {@link https://www.rfc-editor.org/rfc/rfc8693#section-2.1 RFC 8693 section 2.1}
 */
export const TOKEN_EXCHANGE_GRANT_TYPE = 'urn:ietf:params:oauth:grant-type:token-exchange'

/**
 * The type of an access token in a token exchange.
 * @see {@link https://www.rfc-editor.org/rfc/rfc8693#section-3 RFC 8693 section 3}
 */
export const ACCESS_TOKEN_TYPE = 'urn:ietf:params:oauth:token-type:access_token'

/**
 * A device authorization response.
 * @see {@link https://www.rfc-editor.org/rfc/rfc8628#section-3.2 RFC 8628 section 3.2}
 */
export interface DeviceAuthorizationResponse {
  readonly device_code: string
  readonly user_code: string
  readonly verification_uri: string
  readonly verification_uri_complete?: string
  /** The lifetime of both codes in seconds. */
  readonly expires_in: number
  /** The seconds that the device has to wait between two polls. */
  readonly interval: number
}

/**
 * A successful token response.
 * @see {@link https://www.rfc-editor.org/rfc/rfc6749#section-5.1 RFC 6749 section 5.1}
 */
export interface TokenResponse {
  readonly access_token: string
  readonly token_type: string
  /** The lifetime of the access token in seconds. */
  readonly expires_in: number
  readonly refresh_token?: string
  /** The seconds after which the refresh token expires if it is not used. With a refresh token only. */
  readonly refresh_token_expires_in?: number
  /** The granted scope, space-delimited; always sent. */
  readonly scope: string
  /** A member that the application or an extension adds. */
  readonly [member: string]: unknown
}

/**
 * An error response.
 * @see {@link https://www.rfc-editor.org/rfc/rfc6749#section-5.2 RFC 6749 section 5.2}
 */
export interface ErrorResponse {
  readonly error: string
  readonly error_description?: string
  readonly error_uri?: string
  /** The interval from now on, in seconds. With `slow_down` only. */
  readonly interval?: number
}

/**
 * An introspection response. A token that is not active, or that the caller may not see, has `active: false` alone.
 * @see {@link https://www.rfc-editor.org/rfc/rfc7662#section-2.2 RFC 7662 section 2.2}
 */
export type IntrospectionResponse =
  | { readonly active: false }
  | {
      readonly active: true
      /** Space-delimited. */
      readonly scope: string
      readonly client_id: string
      readonly username?: string
      /** The type of an access token, such as `Bearer`; absent for a refresh token. */
      readonly token_type?: string
      /** Seconds since the epoch. */
      readonly exp: number
      /** Seconds since the epoch. */
      readonly iat: number
      readonly sub: string
      readonly iss: string
      /**
       * The key that the token is bound to; absent for a token of the type Bearer that is not bound.
       * @see {@link https://www.rfc-editor.org/rfc/rfc9449#section-6.2 RFC 9449 section 6.2}
       */
      readonly cnf?: { readonly jkt: string } | { readonly 'x5t#S256': string }
      /** Data of the application's own, given with the approval. For resource servers only. */
      readonly data?: Readonly<Record<string, unknown>>
      /** The resource servers that an access token is for. Absent if nothing says it. */
      readonly aud?: string | readonly string[]
      /**
       * The details that an access token is good for.
       * @see {@link https://www.rfc-editor.org/rfc/rfc9396#section-9.2 RFC 9396 section 9.2}
       */
      readonly authorization_details?: readonly object[]
      /**
       * The time at which the user logged in before the approval, in seconds since the epoch. Of access tokens only.
       * @see {@link https://www.rfc-editor.org/rfc/rfc9470#section-6.2 RFC 9470 section 6.2}
       */
      readonly auth_time?: number
      /** The class of that log-in. */
      readonly acr?: string
    }

/**
 * A method of client authentication: a built-in one, or one of the option `clientAuthentication`.
 * @see {@link https://www.rfc-editor.org/rfc/rfc7591#section-2 RFC 7591 section 2}
 */
export type ClientAuthenticationMethod = 'none' | 'client_secret_basic' | 'client_secret_post' | (string & {})

/**
 * A registered client, with the metadata names of RFC 7591. Make one with {@link deviceClient}, which fills in what a
 * device needs.
 * @see {@link https://www.rfc-editor.org/rfc/rfc7591#section-2 RFC 7591 section 2}
 */
export interface Client {
  /** The id of the client, in printable ASCII. It is public. */
  readonly client_id: string
  /** The name that the pages show. @default the `client_id` */
  readonly client_name?: string
  /** The URL of a logo. The confirm page shows it if it is an https URL and the option `pages.clientLogos` is on. */
  readonly logo_uri?: string
  /** The URL of the client's privacy policy. The confirm page links to it if it is an https URL. */
  readonly policy_uri?: string
  /** The URL of the client's terms of service. The confirm page links to it if it is an https URL. */
  readonly tos_uri?: string
  /**
   * `true` if the client is the operator's own app. The confirm page then does not say that a public client cannot prove who it is,
   * and leaves out the scopes with the option `pages.shortConsent`. Everybody can still ask for codes in the name of a public
   * client. Set it yourself, and never from a registration that a client sends.
   * @default false
   */
  readonly first_party?: boolean
  /**
   * `true` if each device of the client proves a key of its own (the option `keyBinding`), so that a device is known again by its key:
   * see `policy.knownDevice`. Leave it `false` for a service that asks for codes in the name of many devices with one key: all of them would be
   * taken for one device. Set it yourself, and never from a registration that a client sends.
   * @default true for a public client, otherwise false
   */
  readonly device_keys?: boolean
  /**
   * `true` if the client registered itself. The pages then call it not verified, even if it has a secret or a key: nobody checked its
   * name. The option `registration` sets it.
   * @default false
   */
  readonly self_registered?: boolean
  /**
   * The grants that the client may use. The default of RFC 7591, `authorization_code`, does not include device sign-in:
   * without this member the device gets `unauthorized_client`.
   */
  readonly grant_types?: readonly string[]
  /** The scopes that the client may ask for, space-delimited. If it asks for none, it gets all of them. @default '' */
  readonly scope?: string
  /** The one method by which the client may authenticate. @default 'client_secret_basic', as in RFC 7591 */
  readonly token_endpoint_auth_method?: ClientAuthenticationMethod
  /**
   * The methods by which the client may authenticate, if there are several, such as `['client_secret_basic',
   * 'client_secret_post']` for a client that tries one after the other. RFC 7591 has a member for one method only, so this
   * is a member of its own. `none` can only be alone.
   * @default the method of `token_endpoint_auth_method`
   */
  readonly token_endpoint_auth_methods?: readonly ClientAuthenticationMethod[]
  /**
   * `'none'` if a client with a secret may ask for codes by its `client_id` alone, as Go's `x/oauth2` and Qt do. Then
   * anybody can begin a sign-in in the name of this client, as with a public one; the tokens still need the secret. A
   * secret that is sent all the same has to be right.
   * @default the same methods as at the token endpoint
   * @see {@link https://www.rfc-editor.org/rfc/rfc8628#section-3.1 RFC 8628 section 3.1}
   */
  readonly device_authorization_endpoint_auth_method?: 'none'
  /** The secret, of at least 128 random bits. The default hook `verifyClientSecret` compares the text. */
  readonly client_secret?: string
  /**
   * The hash of the secret, in place of `client_secret`, so that a copy of the client's record is no secret: `hashSecret(secret)`, which
   * is SHA-256 in base64url. It protects random secrets only; for a password, override the hook `verifyClientSecret`.
   */
  readonly client_secret_hash?: string
  /**
   * The public keys with which the client signs, as a JSON Web Key Set. For methods of the option `clientAuthentication`, such as
   * `private_key_jwt`.
   */
  readonly jwks?: { readonly keys: readonly object[] }
  /** The https URL of the key set, in place of `jwks`. */
  readonly jwks_uri?: string
  /** The one algorithm with which the client may sign when it authenticates. @default all that the method accepts */
  readonly token_endpoint_auth_signing_alg?: string
  /**
   * The subject of the client's certificate for `tls_client_auth`, as RFC 4514 writes it: `CN=tv,O=Acme,C=US`. A client has exactly one
   * of the members `tls_client_auth_…`.
   * @see {@link https://www.rfc-editor.org/rfc/rfc8705#section-2.1.2 RFC 8705 section 2.1.2}
   */
  readonly tls_client_auth_subject_dn?: string
  /** A DNS name in the client's certificate. */
  readonly tls_client_auth_san_dns?: string
  /** A URI in the client's certificate. */
  readonly tls_client_auth_san_uri?: string
  /** An IP address in the client's certificate. */
  readonly tls_client_auth_san_ip?: string
  /** An e-mail address in the client's certificate. */
  readonly tls_client_auth_san_email?: string
  /** The networks from which the client may ask for codes, in CIDR notation: `192.0.2.0/24`. @default all */
  readonly allowed_networks?: readonly string[]
  /** The scopes that a device sign-in may give, space-delimited; a part of `scope`. @default all of `scope` */
  readonly device_scope?: string
  /**
   * The resource servers that the client may ask for; a part of the option `resources`. @default all of that option
   * @see {@link https://www.rfc-editor.org/rfc/rfc8707#section-2 RFC 8707 section 2}
   */
  readonly resources?: readonly string[]
  /**
   * The types of authorization details that the client may ask for; a part of the option `authorizationDetails`.
   * @default all of that option
   * @see {@link https://www.rfc-editor.org/rfc/rfc9396#section-10 RFC 9396 section 10}
   */
  readonly authorization_details_types?: readonly string[]
  /**
   * `true` for number matching: after the approval the page shows a number, the user types it on the device, and the
   * device sends it with its polls as `matching_number`. This proves that user and device are in one place.
   * @default false
   */
  readonly number_matching?: boolean
  /**
   * `true` for a resource server: it may introspect the access tokens of all clients, not only its own. @default false
   */
  readonly resource_server?: boolean
  /**
   * `true` for a client that proves its key by DPoP with each token request: one without a proof is refused.
   * @default false
   * @see {@link https://www.rfc-editor.org/rfc/rfc9449#section-5.2 RFC 9449 section 5.2}
   */
  readonly dpop_bound_access_tokens?: boolean
  /**
   * `true` for a client whose tokens are bound to its TLS certificate: a token request without one is refused.
   * @default false
   * @see {@link https://www.rfc-editor.org/rfc/rfc8705#section-3.4 RFC 8705 section 3.4}
   */
  readonly tls_client_certificate_bound_access_tokens?: boolean
}

/**
 * Makes a client for device sign-in. It fills in `grant_types` with the device and refresh grants, and
 * `token_endpoint_auth_method` with the first of `token_endpoint_auth_methods`; without these with `none`, or
 * `client_secret_basic` if there is a secret. What the given client has already stays; a member that is `null` counts as absent.
 *
 * @returns A new object.
 * @throws {TypeError} if it gets no object.
 * @see {@link https://www.rfc-editor.org/rfc/rfc8628#section-5.6 RFC 8628 section 5.6}
 */
export function deviceClient<C extends Client>(
  client: C,
): C & Required<Pick<Client, 'grant_types' | 'token_endpoint_auth_method'>> {
  if (isObject(client) !== undefined)
    throw new TypeError("deviceClient needs an object with client_id, such as { client_id: 'tv', scope: 'profile' }.")
  const given = withoutNull(client)
  const hasSecret = (given.client_secret ?? given.client_secret_hash) !== undefined
  const usual = hasSecret ? 'client_secret_basic' : 'none'
  return {
    grant_types: [DEVICE_CODE_GRANT_TYPE, REFRESH_TOKEN_GRANT_TYPE],
    token_endpoint_auth_method: given.token_endpoint_auth_methods?.[0] ?? usual,
    ...given,
  }
}
