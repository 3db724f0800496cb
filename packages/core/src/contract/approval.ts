import type { Awaitable, OAuthRequest } from '../http.ts'
import type { Client } from '../protocol.ts'
import type { User } from './hook-arguments.ts'
import type { KnownDevice } from './known-device.ts'
import type { ProofNotice, Warning } from './pages/notices.ts'
import type { Risk } from './policy.ts'
import type { DeviceCredential } from './store.ts'

/** A signed-in user at one of the pages, as an {@link ApprovalProof} sees them. */
export interface ProofVisitor<Native = unknown> {
  /** The user who is signed in, as the hook `authenticateUser` named them. */
  readonly user: User
  /** The HTTP request; `request.native` is the framework's own. */
  readonly request: OAuthRequest<Native>
  /** The origin of the page where the user decides, such as `https://example.com`. */
  readonly origin: string
  /** The path of the page of devices; `undefined` if `paths.devices` is `false`. */
  readonly devicesUrl: string | undefined
  /** The language of the page, by BCP 47. */
  readonly language: string
  /** The time in epoch milliseconds. */
  readonly now: number
}

/** An approval that waits for its proof. */
export interface PendingApproval<Native = unknown> extends ProofVisitor<Native> {
  /** The request that the user looks at. */
  readonly credential: DeviceCredential
  /** The client that asks. */
  readonly client: Client
  /** The warnings of the policy, judged anew when the page is shown and when the user approves. */
  readonly warnings: readonly Warning[]
  /** The device, if this user has approved it before; `undefined` if not. A proof may be left out for it: `ask` and `verify` decide. */
  readonly knownDevice: KnownDevice | undefined
  /** The option `risk`. */
  readonly risk: Risk
  /**
   * SHA-256 in base64url, 43 characters: over a random value of this one page, the request, its user code, client and scope, and the
   * user with the log-in session. A proof that signs it fits no other request and no other user.
   */
  readonly challenge: string
  /** The path of the confirm page, for a log-in that leads back to it. */
  readonly returnTo: string
}

/** A script of a page, with the data that it reads. */
export interface ProofScript {
  /** The JavaScript, which is put into the page as it is. It runs under the nonce of the page, and can load nothing. */
  readonly code: string
  /** The text for the attribute `data-options` of the field `proof`. */
  readonly options: string
  /** The text for readers whose browser has no JavaScript. */
  readonly noScript: string
}

/** The part of the confirm page that asks for a proof. All texts are plain text: the page escapes them. */
export interface ProofQuestion {
  /** The text above the buttons: the proof that is needed, and why. */
  readonly text: string
  /** The text that is shown after an approval without a right proof. */
  readonly failure: string
  /** A page where the user gets what is missing, such as a log-in. @default none */
  readonly link?: { readonly text: string; readonly url: string }
  /**
   * The script that puts the proof into the form: into the field with the id `proof`, when the form with the id `decision` is
   * submitted by its button `approve`. The element with the id `proof-failure` is hidden until the script shows it.
   * @default none: the form is sent with an empty field
   */
  readonly script?: ProofScript
}

/** Something on the page of devices by which a user gives proofs, such as a passkey. */
export interface ProofItem {
  /** The id, at most 1,400 characters. The page seals it, so that it reaches {@link ProofEnrolment.remove} for this user only. */
  readonly id: string
  readonly name: string
  /** A line below the name. */
  readonly detail: string
}

/** The part of the page of devices where a user adds and removes what proofs are given by. All texts are plain text. */
export interface ProofPanel {
  readonly title: string
  readonly text: string
  readonly items: readonly ProofItem[]
  /**
   * The button that adds one. The script works as on the confirm page: the form has the id `proof-form`, its button `addProof`.
   * `undefined` if the user may not add one now; `text` then says why.
   */
  readonly add: { readonly text: string; readonly script: ProofScript } | undefined
  /** The text of the button that removes one; `undefined` if the user may not remove one now. */
  readonly remove: string | undefined
  /** The texts after an addition, after a removal, and after one of them that failed. */
  readonly notices: Readonly<Record<ProofNotice, string>>
}

/** The page of devices as the place where users register what they give proofs by. */
export interface ProofEnrolment<Native = unknown> {
  /**
   * Describes the part of the page. Called each time that the page is shown.
   *
   * @param challenge - SHA-256 in base64url over a random value of this page and the user, valid for ten minutes.
   */
  panel(visitor: ProofVisitor<Native>, challenge: string): Awaitable<ProofPanel>
  /** Adds one. @returns `true` if `proof`, the text of the field, is a right answer to the challenge */
  add(visitor: ProofVisitor<Native>, challenge: string, proof: string): Awaitable<boolean>
  /** Removes one. @returns `false` if this user has none with this id, or may not remove it now */
  remove(visitor: ProofVisitor<Native>, id: string): Awaitable<boolean>
}

/**
 * A further proof that an approval on the built-in page needs, such as a passkey or a log-in a moment ago. Its functions are
 * limited by the option `timeout`.
 */
export interface ApprovalProof<Native = unknown> {
  /**
   * Decides if this approval needs a proof. Called each time that the confirm page is shown.
   *
   * @returns The question for the page, or `undefined` if no proof is needed.
   */
  ask(approval: PendingApproval<Native>): Awaitable<ProofQuestion | undefined>
  /**
   * Verifies a proof. Called each time that the user approves, with or without a question on the page, before the decision is
   * stored. The store takes one decision a request, so a proof over `challenge` approves once at most.
   *
   * @param proof - The text of the field `proof`; `undefined` if it is empty.
   * @returns `true` if the proof is right, or if none is needed. Anything else shows the confirm page again.
   */
  verify(approval: PendingApproval<Native>, proof: string | undefined): Awaitable<boolean>
  /** The part of the page of devices. @default none */
  readonly enrolment?: ProofEnrolment<Native>
}
