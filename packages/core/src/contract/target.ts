import type { Awaitable } from '../http.ts'
import type { Client } from '../protocol.ts'

/**
 * One thing that a client asks the user for in detail, such as a payment.
 * @see {@link https://www.rfc-editor.org/rfc/rfc9396#section-2 RFC 9396 section 2}
 */
export interface AuthorizationDetail {
  /** The kind of the detail, which says what its other members mean. */
  readonly type: string
  readonly [member: string]: unknown
}

/**
 * A type of authorization details: what a client may ask for, and the words in which the user is asked.
 * @see {@link https://www.rfc-editor.org/rfc/rfc9396#section-2 RFC 9396 section 2}
 */
export interface AuthorizationDetailType {
  /**
   * Checks a detail of this type: its members, their values, and that there are no others. Called once for each detail of a
   * device authorization request, before anything is kept.
   *
   * @returns `true` to accept it; anything else is answered `invalid_authorization_details`.
   */
  validate(detail: AuthorizationDetail, client: Client): Awaitable<boolean>
  /**
   * Puts a detail into words for the confirm page, such as `Pay 12.50 EUR to Miller`. Called each time that the page is shown.
   *
   * @returns Plain text of 1 to 500 characters; the page escapes it.
   */
  describe(detail: AuthorizationDetail, client: Client): Awaitable<string>
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

/**
 * The log-in that a device asks of the user who approves it.
 * @see {@link https://openid.net/specs/openid-connect-core-1_0.html#AuthRequest OpenID Connect Core section 3.1.2.1}
 */
export interface LoginRequirement {
  /** The classes of which the log-in must have one, the preferred ones first; only those of the option `acrValues`. */
  readonly acrValues?: readonly string[]
  /** The most seconds between the log-in and the device authorization request. */
  readonly maxAge?: number
  /** The parameter `prompt`. With `login` in it, the log-in must come after the device authorization request. */
  readonly prompt?: string
}

/** The part of a device authorization request beside its scope. */
export interface RequestTarget extends TokenTarget {
  /** The log-in that the user needs who approves the request. Absent: any. */
  readonly login?: LoginRequirement
}
