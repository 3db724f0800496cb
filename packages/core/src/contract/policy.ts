import type { Awaitable, OAuthRequest } from '../http.ts'
import type { Client } from '../protocol.ts'
import type { User } from './hooks.ts'
import type { DeviceCredential, Requester } from './store.ts'

/** What follows when a rule finds something: nothing, a warning on the confirm page, or no approval. */
export type Verdict = 'allow' | 'warn' | 'refuse'

/** What a rule about an approval is given. */
export interface Comparison {
  /** Whether the built-in test found it; never with private or unknown addresses. */
  readonly detected: boolean
  readonly client: Client
  readonly credential: DeviceCredential
  /** Who asked for the codes. */
  readonly requester: Requester | undefined
  /** Who is about to approve, as far as the request tells. */
  readonly approver: Requester | undefined
  readonly user: User
}

/** What follows of a detection; or a function that is asked in any case and decides by itself. */
export type PolicyRule = Verdict | ((comparison: Comparison) => Awaitable<Verdict>)

/** The rules about an approval, by the warning that they lead to. */
export type ApprovalRule = 'sameDevice' | 'otherNetwork' | 'otherCountry'

/** A request for codes that is about to be answered. */
export interface CodesRequest<Native = unknown> {
  readonly client: Client
  readonly ip: string | undefined
  readonly request: OAuthRequest<Native>
}

/**
 * What the server refuses, and what it warns of. What is left out comes of the option `risk`.
 * @see {@link https://datatracker.ietf.org/doc/html/draft-ietf-oauth-cross-device-security Cross-Device Flows BCP}
 */
export interface Policy<Native = unknown> {
  /** The codes were asked for from the same address and user agent. @default 'warn' */
  readonly sameDevice: PolicyRule
  /** The requester's /24 (/48 with IPv6) is not the approver's. Across the two families nothing is compared. @default 'warn' */
  readonly otherNetwork: PolicyRule
  /** The hook `describeRequester` gives two countries. @default 'warn' with low risk, 'refuse' with high */
  readonly otherCountry: PolicyRule
  /** Whether this client may ask for codes from here; anything but `true` is `unauthorized_client`. @default () => true */
  readonly deviceAuthorization: (request: CodesRequest<Native>) => Awaitable<boolean>
}

/** What is at stake: sets the rules that the option `policy` leaves out. */
export type Risk = 'low' | 'high'

/** One mitigation of the Cross-Device BCP, and what this server makes of it. */
export interface Mitigation {
  /** Section of the BCP. */
  readonly section: string
  readonly mitigation: string
  /** `on`, `off`, or how far: `warn`, `2 of 3 clients`. */
  readonly state: string
  /** What turns it on or off, or what is missing. */
  readonly by: string
}
