/**
 * The paths of the endpoints, below the mount point. Each begins with a slash. `false` leaves an endpoint out, and its
 * path is then answered as any other path that this server does not know.
 */
export interface Paths {
  /**
   * The device authorization endpoint.
   * @default '/device_authorization'
   * @see {@link https://www.rfc-editor.org/rfc/rfc8628#section-3.1 RFC 8628 section 3.1}
   */
  readonly deviceAuthorization: string
  /**
   * The token endpoint.
   * @default '/token'
   * @see {@link https://www.rfc-editor.org/rfc/rfc6749#section-3.2 RFC 6749 section 3.2}
   */
  readonly token: string
  /**
   * The page where users enter the code and decide. `false` for an application that has a page of its own; the hook
   * `getVerificationUri` is then required.
   * @default '/device'
   * @see {@link https://www.rfc-editor.org/rfc/rfc8628#section-3.3 RFC 8628 section 3.3}
   */
  readonly verification: string | false
  /** The page where users see, rename and sign out their devices. @default '/devices' */
  readonly devices: string | false
  /**
   * The events for a device that is a web page: `GET ?id=`, with the SHA-256 hash of the device code in base64url, is held until the
   * user decides and answered with one event of the type `decision`. The page then polls. It needs the option `longPolling`.
   * @default false
   * @see {@link https://html.spec.whatwg.org/multipage/server-sent-events.html HTML, server-sent events}
   */
  readonly decisionEvents: string | false
  /**
   * The revocation endpoint.
   * @default '/revoke'
   * @see {@link https://www.rfc-editor.org/rfc/rfc7009#section-2 RFC 7009 section 2}
   */
  readonly revocation: string | false
  /**
   * The introspection endpoint.
   * @default '/introspect'
   * @see {@link https://www.rfc-editor.org/rfc/rfc7662#section-2 RFC 7662 section 2}
   */
  readonly introspection: string | false
  /**
   * The metadata of the server.
   * @default '/.well-known/oauth-authorization-server'
   * @see {@link https://www.rfc-editor.org/rfc/rfc8414#section-3 RFC 8414 section 3}
   */
  readonly metadata: string
  /**
   * The same metadata where clients of OpenID Connect look for it. `false` if another server of yours answers there.
   * @default '/.well-known/openid-configuration'
   * @see {@link https://www.rfc-editor.org/rfc/rfc8414#section-5 RFC 8414 section 5}
   */
  readonly openidConfiguration: string | false
  /**
   * The public keys of tokens, if the option `accessToken` or `openid` has some.
   * @default '/jwks'
   * @see {@link https://www.rfc-editor.org/rfc/rfc7517#section-5 RFC 7517 section 5}
   */
  readonly jwks: string
  /**
   * The UserInfo endpoint, with the option `openid` only.
   * @default '/userinfo'
   * @see {@link https://openid.net/specs/openid-connect-core-1_0.html#UserInfo OpenID Connect Core section 5.3}
   */
  readonly userinfo: string | false
  /**
   * The endpoint that shows a request to a user, in JSON. With the option `verificationApi` only.
   * @default '/device/present'
   */
  readonly present: string
  /**
   * The endpoint that decides about a request, in JSON. With the option `verificationApi` only.
   * @default '/device/decide'
   */
  readonly decide: string
  /**
   * The endpoint where another system ends all sign-ins of a user, with the option `signals`.
   * @default false
   * @see {@link https://datatracker.ietf.org/doc/html/draft-parecki-oauth-global-token-revocation-06#section-3 Global Token Revocation section 3}
   */
  readonly globalTokenRevocation: string | false
  /**
   * The endpoint that security event tokens of Shared Signals are pushed to, with the option `signals`.
   * @default false
   * @see {@link https://www.rfc-editor.org/rfc/rfc8935#section-2 RFC 8935 section 2}
   */
  readonly securityEvents: string | false
  /**
   * The endpoint where clients register themselves and manage their registration. With the option `registration` only.
   * @default '/register'
   * @see {@link https://www.rfc-editor.org/rfc/rfc7591#section-3 RFC 7591 section 3}
   */
  readonly registration: string
}
