import type { ApprovalConcern } from '../policy.ts'

/**
 * A warning on the confirm page. All but `old` come from the rules of the option `policy`: see {@link ApprovalConcern}. `old`: the
 * device asked more than three minutes ago.
 */
export type Warning = ApprovalConcern | 'old'

/**
 * The reason why the page for the code is shown again. `unknownCode`: the code is wrong. `missingCode`: the field was
 * empty. `accountChanged`: another user has signed in since the form was made. `typeCode`: another site led here with a
 * code, so the code was not looked up.
 */
export type EnterNotice = 'unknownCode' | 'missingCode' | 'accountChanged' | 'typeCode'

/**
 * The reason why the confirm page is shown again after its button was pressed. `notTicked`: the box was not ticked.
 * `tooSoon`: the button was pressed before `pages.approvalDelay` was over.
 */
export type ConfirmNotice = 'notTicked' | 'tooSoon'

/** The result of a change of what proofs are given by, such as passkeys. */
export type ProofNotice = 'proofAdded' | 'proofRemoved' | 'proofFailed'

/**
 * The message on top of the page of devices: the result of the last action. `gone`: the user has no such device.
 * `accountChanged`: another user has signed in since the form was made, and nothing was done. The texts of a `ProofNotice` are in
 * `proofs.notices` of the page.
 */
export type DevicesNotice = 'renamed' | 'signedOut' | 'signedOutAll' | 'gone' | 'accountChanged' | ProofNotice

/**
 * The reason for an error page.
 *
 * - `invalidRequest`: the form is not one of these pages
 * - `crossOrigin`: the form was sent by a page of another origin
 * - `alreadyAnswered`: the request was decided before
 * - `notFound`: the request is gone, or another user's
 * - `limited`: one of the option `limits` is used up
 * - `refused`: a rule of the option `policy` refused the approval
 * - `refusedNetwork`: the rule `otherNetwork` did, so the user can approve from the network of the device
 * - `unavailable`: the store fails, a hook or the store took longer than the option `timeout`, or too many requests are
 *   under way (`maxConcurrentRequests`)
 * - `failed`: a hook threw an error
 */
export type PageError =
  | 'invalidRequest'
  | 'crossOrigin'
  | 'alreadyAnswered'
  | 'notFound'
  | 'limited'
  | 'refused'
  | 'refusedNetwork'
  | 'unavailable'
  | 'failed'
