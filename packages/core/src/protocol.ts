/** The grant type of RFC 8628. @see {@link https://www.rfc-editor.org/rfc/rfc8628#section-3.4 RFC 8628 section 3.4} */
export const DEVICE_CODE_GRANT_TYPE = 'urn:ietf:params:oauth:grant-type:device_code'

/** @see {@link https://www.rfc-editor.org/rfc/rfc6749#section-6 RFC 6749 section 6} */
export const REFRESH_TOKEN_GRANT_TYPE = 'refresh_token'

/** What a device gets when it asks to be authorized. @see {@link https://www.rfc-editor.org/rfc/rfc8628#section-3.2 RFC 8628 section 3.2} */
export interface DeviceAuthorizationResponse {
  readonly device_code: string
  readonly user_code: string
  readonly verification_uri: string
  readonly verification_uri_complete?: string
  /** Seconds, for both codes. */
  readonly expires_in: number
  /** Seconds between two polls. */
  readonly interval: number
}

/** A successful token response. @see {@link https://www.rfc-editor.org/rfc/rfc6749#section-5.1 RFC 6749 section 5.1} */
export interface TokenResponse {
  readonly access_token: string
  readonly token_type: string
  /** Seconds that the access token lives. */
  readonly expires_in: number
  readonly refresh_token?: string
  /** The granted scope, space-delimited; always sent. */
  readonly scope: string
  /** Members that an application or an extension adds. */
  readonly [member: string]: unknown
}

/** An error response. @see {@link https://www.rfc-editor.org/rfc/rfc6749#section-5.2 RFC 6749 section 5.2} */
export interface ErrorResponse {
  readonly error: string
  readonly error_description?: string
  readonly error_uri?: string
  /** With `slow_down` only: the interval in seconds that holds from now on. */
  readonly interval?: number
}

/** What introspection says of a token. @see {@link https://www.rfc-editor.org/rfc/rfc7662#section-2.2 RFC 7662 section 2.2} */
export type IntrospectionResponse =
  | { readonly active: false }
  | {
      readonly active: true
      readonly scope: string
      readonly client_id: string
      readonly username?: string
      readonly token_type?: string
      /** Seconds since the epoch. */
      readonly exp: number
      /** Seconds since the epoch. */
      readonly iat: number
      readonly sub: string
      readonly iss: string
    }

/** How a client authenticates at the endpoints. @see {@link https://www.rfc-editor.org/rfc/rfc7591#section-2 RFC 7591 section 2} */
export type ClientAuthenticationMethod = 'none' | 'client_secret_basic' | 'client_secret_post' | (string & {})

/** A registered client, by the metadata names of RFC 7591. @see {@link https://www.rfc-editor.org/rfc/rfc7591#section-2 RFC 7591 section 2} */
export interface Client {
  readonly client_id: string
  /** Shown to the user on the confirm page; default: the client_id. */
  readonly client_name?: string
  /** An https URL; shown on the confirm page if the option `pages.clientLogos` allows it. */
  readonly logo_uri?: string
  /** The grants it may use. RFC 7591's default is `authorization_code`, which does not include this one. */
  readonly grant_types?: readonly string[]
  /** The scopes it may ask for, space-delimited; when it asks for none it gets them all. */
  readonly scope?: string
  /** The one method it may authenticate by. Default, as in RFC 7591: `client_secret_basic`. */
  readonly token_endpoint_auth_method?: ClientAuthenticationMethod
  /** As your `verifyClientSecret` hook expects it; the default hook compares it as it is. */
  readonly client_secret?: string
  /** Networks in CIDR notation that it may ask for codes from, such as `192.0.2.0/24`. Default: all. */
  readonly allowed_networks?: readonly string[]
  /** The scopes that it may get by a device sign-in, space-delimited, within `scope`. Default: all of those. */
  readonly device_scope?: string
  /**
   * Whether the page shows a number after the approval that the user has to type on the device, which sends it with its
   * polls as `matching_number`: proves that the two are in one place. @default false
   */
  readonly number_matching?: boolean
  /** A resource server: it may introspect the tokens of every client, not only its own. Default: false. */
  readonly resource_server?: boolean
}

/**
 * Fills in what a device client needs: the device and refresh grants; `none` as its
 * authentication, or `client_secret_basic` when there is a secret.
 * @see {@link https://www.rfc-editor.org/rfc/rfc8628#section-5.6 RFC 8628 section 5.6}
 */
export function deviceClient<C extends Client>(
  client: C,
): C & Required<Pick<Client, 'grant_types' | 'token_endpoint_auth_method'>> {
  return {
    grant_types: [DEVICE_CODE_GRANT_TYPE, REFRESH_TOKEN_GRANT_TYPE],
    token_endpoint_auth_method: client.client_secret === undefined ? 'none' : 'client_secret_basic',
    ...client,
  }
}
