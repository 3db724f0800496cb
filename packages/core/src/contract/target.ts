/**
 * One thing that a client asks the user for in detail, such as a payment.
 * @see {@link https://www.rfc-editor.org/rfc/rfc9396#section-2 RFC 9396 section 2}
 */
export interface AuthorizationDetail {
  /** The kind of the detail, which says what its other members mean. */
  readonly type: string
  readonly [member: string]: unknown
}

/** The use of tokens beside their scope: where they are valid, and for what in detail. */
export interface TokenTarget {
  /**
   * The resource servers: absolute URIs.
   * @see {@link https://www.rfc-editor.org/rfc/rfc8707#section-2 RFC 8707 section 2}
   */
  readonly resources?: readonly string[]
  /**
   * The details that the client asks for or, in a grant, those that the user granted.
   * @see {@link https://www.rfc-editor.org/rfc/rfc9396#section-2 RFC 9396 section 2}
   */
  readonly authorizationDetails?: readonly AuthorizationDetail[]
}
