import type { Awaitable, OAuthRequest } from '../http.ts'
import type { Client } from '../protocol.ts'
import type { User } from './hook-arguments.ts'
import type { DeviceCredential, Requester } from './store.ts'

/** The outcome of a rule: no effect, a warning on the confirm page, or an approval that is refused. */
export type Verdict = 'allow' | 'warn' | 'refuse'

/** The facts about an approval that a rule decides on. */
export interface Comparison {
  /** The result of the built-in comparison. Always `false` if one of the two addresses is private or unknown. */
  readonly detected: boolean
  readonly client: Client
  /** The request that the user looks at. */
  readonly credential: DeviceCredential
  /** The origin of the device authorization request; not verified. */
  readonly requester: Requester | undefined
  /** The origin of the approving user's request, as far as it tells. */
  readonly approver: Requester | undefined
  readonly user: User
}

/**
 * A rule about an approval. A verdict applies if the built-in comparison detects what the rule is about; otherwise the
 * approval is allowed. A function is called whether or not the comparison detects it, each time that the confirm page is
 * shown and each time that the user approves, and returns the verdict.
 */
export type PolicyRule = Verdict | ((comparison: Comparison) => Awaitable<Verdict>)

/** The name of a rule about an approval, and of the warning that it leads to. */
export type ApprovalRule = 'sameDevice' | 'otherNetwork' | 'otherCountry'

/** A device authorization request of an authenticated client, before its codes are issued. */
export interface CodesRequest<Native = unknown> {
  readonly client: Client
  readonly ip: string | undefined
  readonly request: OAuthRequest<Native>
}

/**
 * The rules about who may ask for codes and who may approve. A refusal emits the event `refused`.
 * @see {@link https://www.rfc-editor.org/rfc/rfc10027#section-6.1 RFC 10027 section 6.1}
 */
export interface Policy<Native = unknown> {
  /** The codes were asked for from the address of the approver, with the same user agent. @default 'warn' */
  readonly sameDevice: PolicyRule
  /**
   * The requester's network, a /24 or a /48 with IPv6, is not the network of the approver. An IPv4 address is never compared with an
   * IPv6 address.
   * @default 'warn'
   */
  readonly otherNetwork: PolicyRule
  /**
   * The hook `describeRequester` gives the two addresses different countries.
   * @default 'warn', or 'refuse' with the option `risk: 'high'`
   */
  readonly otherCountry: PolicyRule
  /**
   * Asks if a client may ask for codes from an address. Called once per device authorization request, after the client
   * is authenticated and its `allowed_networks` are checked. Anything but `true` is answered `unauthorized_client`.
   * @default () => true
   */
  readonly deviceAuthorization: (request: CodesRequest<Native>) => Awaitable<boolean>
}

/** The damage that an approval of the wrong device can do. See the option `risk`. */
export type Risk = 'low' | 'high'

/** One mitigation of RFC 10027 (BCP 247, security of cross-device flows), and its state on this server. */
export interface Mitigation {
  /** The section of RFC 10027, such as `6.1.1`. */
  readonly section: string
  /** The mitigation in a few words. */
  readonly mitigation: string
  /** `on`, `off`, or the degree: `warn`, `600 s`, `2 of 3 clients`. */
  readonly state: string
  /** The option, hook or client metadata that turns the mitigation on or off. */
  readonly by: string
}
