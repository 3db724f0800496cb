import type { GivenHeaders, OAuthRequest } from '../http.ts'
import type { User } from './hook-arguments.ts'
import type { PageContent } from './pages/model.ts'
import type { UserGrant } from './store.ts'

/** The user at a page or app of the application's own, and the HTTP request by which they came. */
export interface VerificationVisitor<Native = unknown> {
  /** The signed-in user, as the hook `authenticateUser` names them. */
  readonly user: User
  /**
   * The headers, the address of the user, and the framework's own request. The policy compares address and `User-Agent` with those of
   * the device; hooks get the request.
   */
  readonly request: { readonly headers: GivenHeaders } & Pick<OAuthRequest<Native>, 'ip' | 'native'>
  /**
   * The origin of the page, such as `https://app.example.com`. A passkey has to be used there.
   * @default the origin of the built-in pages
   */
  readonly origin?: string
}

/** The request that a user is about to see: by the code that they typed, or by its id. */
export type Presentable =
  | { /** In any spelling: `bcdf-ghjk`. */ readonly userCode: string }
  | {
      /**
       * The id of the request, as in the hook `saveDeviceCredential`, for an app that is told of requests by a push. Only a request
       * that was bound to this user in advance (`resolveLoginHint`), or that this user has presented before, is shown.
       */
      readonly id: string
    }

/** The answer of a user. */
export interface VerificationAnswer {
  /** The `handle` of the shown request. It works for this user in this session only. */
  readonly handle: string
  /** `true` to approve, `false` to decline. */
  readonly approved: boolean
  /**
   * `true` if the user said, by an act of its own such as a tick, that the device is in front of them. No approval counts without
   * it, unless `oneTap` of the shown request is `true`. @default false
   */
  readonly ownDevice?: boolean
  /** The proof that the `proof` of the shown request asked for. @default none */
  readonly proof?: string
  /** The scopes that the user leaves, space-delimited: they can only take some away. @default all that were asked for */
  readonly scope?: string
  /**
   * Data of the application's own for the grant, a plain object of JSON values, at most 4,096 bytes as JSON.
   * @default what the hook `chooseGrantData` returns
   */
  readonly data?: NonNullable<UserGrant['data']>
}

/**
 * The built-in page as functions, for a page of the application's own, on any origin, and for apps. Limits, claims, warnings, policy,
 * number matching, proofs and the delay before an approval are the same. All results are pages as data, without `PageBase`.
 * @see {@link https://www.rfc-editor.org/rfc/rfc8628#section-3.3 RFC 8628 section 3.3}
 */
export interface Verification<Native = unknown> {
  /**
   * Shows a request to a user: binds it to them, and returns what to show. A wrong code counts as a guess of this user. If another
   * user presents the request later, it is closed. Call it after an act of the user only, such as a button: a link must not do it.
   *
   * @returns The page `confirm`, with the details of the request and the `handle` for {@link decide}; or the page `error`: `notFound`
   *   for a code that is unknown, expired, decided or another user's, `limited` with `retryAfter` in seconds.
   * @throws {TypeError} if an argument is missing, misspelt or wrong.
   * @throws {Error} the error of the store or of a hook that fails.
   */
  present(request: VerificationVisitor<Native> & Presentable): Promise<PageContent<'confirm' | 'login' | 'error'>>
  /**
   * Carries out the user's answer. An approval counts if it comes `approvalDelay` seconds after the request was shown, with
   * `ownDevice`, and with the proof if one is asked for; otherwise the request is shown again.
   *
   * @returns The page `done`, with the number for the device if its client has `number_matching`; the page `denied`; the page `confirm`
   *   again, with a new `handle` and the `notice`, or with `proof.failed`; or the page `error`: `invalidRequest` for a handle of
   *   another user or session, `refused` by the policy, `limited`, `alreadyAnswered`, `notFound`.
   * @throws {TypeError} if an argument is missing, misspelt or wrong.
   * @throws {Error} the error of the store or of a hook that fails.
   */
  decide(
    answer: VerificationVisitor<Native> & VerificationAnswer,
  ): Promise<PageContent<'done' | 'denied' | 'confirm' | 'login' | 'error'>>
}
