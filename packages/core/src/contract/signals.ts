import type { Awaitable, OAuthRequest } from '../http.ts'

/**
 * The subject of a signal: an object with `format` and the members that the format has, such as
 * `{ format: 'email', email: 'alice@example.com' }`.
 * @see {@link https://www.rfc-editor.org/rfc/rfc9493#section-3 RFC 9493 section 3}
 */
export type SubjectIdentifier = Readonly<Record<string, unknown>> & { readonly format: string }

/** The reason why a user's sign-ins are ended by a signal. */
export type SignalKind = 'globalTokenRevocation' | 'sessionRevoked' | 'credentialChange'

/** A signal that is authenticated or verified, before its user is known. */
export interface Signal<Native = unknown> {
  readonly kind: SignalKind
  /** The claim `iss` of a security event token; `undefined` for a request of global token revocation. */
  readonly issuer: string | undefined
  /** The HTTP request; `request.native` is the framework's own. */
  readonly request: OAuthRequest<Native>
}

/**
 * Signals of other systems that end all sign-ins of a user: requests of global token revocation at
 * `paths.globalTokenRevocation`, and security event tokens at `paths.securityEvents`. Each function is limited by the option
 * `timeout`.
 *
 * @typeParam Native - The framework's request.
 */
export interface Signals<Native = unknown> {
  /**
   * Decides if a request of global token revocation comes from a party that may end sign-ins. Needed with
   * `paths.globalTokenRevocation`.
   *
   * @returns `true` to go on; anything else is answered 401.
   * @see {@link https://datatracker.ietf.org/doc/html/draft-parecki-oauth-global-token-revocation-06#section-3.2 Global Token Revocation section 3.2}
   * @example
   * ```ts
   * const token = process.env.REVOCATION_TOKEN
   * // a variable that is not set would make `Bearer undefined` right
   * if (token === undefined) throw new Error('Set REVOCATION_TOKEN: openssl rand -base64 32')
   * const authenticate: Signals['authenticate'] = ({ headers }) =>
   *   secretsEqual(String(headers.authorization), `Bearer ${token}`)
   * ```
   */
  authenticate?(request: OAuthRequest<Native>): Awaitable<boolean>
  /**
   * Verifies a security event token: its signature, type, issuer and audience. Needed with `paths.securityEvents`;
   * `securityEventVerifier({ issuer, audience, jwksUri })` of `@device-auth/jwt` is one.
   *
   * @returns The claims, or `undefined` to answer 400 `authentication_failed`.
   * @see {@link https://www.rfc-editor.org/rfc/rfc8935#section-2 RFC 8935 section 2}
   * @example
   * ```ts
   * import { securityEventVerifier } from '@device-auth/jwt'
   *
   * const verify: Signals['verify'] = securityEventVerifier({
   *   issuer: 'https://idp.example.com',
   *   audience: 'https://example.com/oauth',
   *   jwksUri: 'https://idp.example.com/jwks',
   * })
   * ```
   */
  verify?(token: string, request: OAuthRequest<Native>): Awaitable<Readonly<Record<string, unknown>> | undefined>
  /**
   * Finds the user that a signal is about. Check here that the sender may speak about this user.
   *
   * @returns The subject as in `devices.revokeBySubject`; `undefined` if there is no such user: 404 for a request of global token
   *   revocation, while a security event token is accepted and nothing ends. Default: the `id` of the format `opaque`, and
   *   the `sub` of the format `iss_sub` whose `iss` is this server; other formats are answered 400.
   * @example
   * ```ts
   * const findSubject: Signals['findSubject'] = async ({ format, email }) =>
   *   format === 'email' ? (await db.accounts.findByEmail(String(email)))?.id : undefined
   * ```
   */
  findSubject?(identifier: SubjectIdentifier, signal: Signal<Native>): Awaitable<string | undefined>
  /**
   * Ends the log-in sessions of the user in the application, so that nobody approves a new device without a new log-in. Called
   * before the sign-ins are ended. If it rejects, the signal fails and its sender has to repeat it.
   *
   * @example
   * ```ts
   * const endSessions: Signals['endSessions'] = (subject) => db.sessions.deleteByUser(subject)
   * ```
   */
  endSessions(subject: string, signal: Signal<Native>): Awaitable<void>
}
