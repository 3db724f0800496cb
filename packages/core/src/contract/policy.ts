import type { Awaitable, OAuthRequest } from '../http.ts'
import type { Client } from '../protocol.ts'
import type { User } from './hook-arguments.ts'
import type { KnownDevice, KnownDeviceUse } from './known-device.ts'
import type { Requester } from './requester.ts'
import type { DeviceCredential } from './store.ts'

/** The outcome of a rule: no effect, a warning on the confirm page, or an approval that is refused. */
export type Verdict = 'allow' | 'warn' | 'refuse'

/** The result of a comparison of two origins. `unknown`: they cannot be compared, or may be the same or not. */
export type Finding = 'same' | 'other' | 'unknown'

/** The facts about an approval that a rule decides on. */
export interface Comparison {
  /** The result of the built-in comparison of devices, networks or countries, whichever the rule is about. */
  readonly finding: Finding
  readonly client: Client
  /** The request that the user looks at. */
  readonly credential: DeviceCredential
  /** The origin of the device authorization request; not verified. */
  readonly requester: Requester | undefined
  /** The origin of the approving user's request, as far as it tells. */
  readonly approver: Requester | undefined
  readonly user: User
  /** The device, if this user has approved it before. `undefined` if not, or with `knownDevice: 'off'`. */
  readonly knownDevice: KnownDevice | undefined
}

/**
 * A verdict for each finding. Those that are left out are `allow`: `{ same: 'refuse', unknown: 'warn' }`. `known` takes the place of a
 * `warn` or `refuse` for a device that the user has approved before and that asks for nothing more: `{ other: 'refuse', known: 'allow' }`.
 */
export type VerdictsByFinding = { readonly [One in Finding | 'known']?: Verdict }

/**
 * A rule about an approval: a verdict, verdicts by finding, or a function. A verdict alone is for the finding that the rule warns
 * of; each rule says what it is for the finding `unknown`. A function is called whatever the finding is, each time that the confirm
 * page is shown and each time that the user approves, and returns the verdict.
 */
export type PolicyRule = Verdict | VerdictsByFinding | ((comparison: Comparison) => Awaitable<Verdict>)

/** The name of a rule about an approval. */
export type ApprovalRule = 'sameDevice' | 'otherNetwork' | 'otherCountry'

/**
 * The reason for which a rule warns or refuses: the rule itself, or, after the finding `unknown`, that the two origins cannot be
 * told apart. `maybeSameDevice` is then the reason of `sameDevice`, `unknownNetwork` that of `otherNetwork`, and `unknownCountry`
 * that of `otherCountry`.
 */
export type ApprovalConcern = ApprovalRule | 'maybeSameDevice' | 'unknownNetwork' | 'unknownCountry'

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
  /**
   * The codes were asked for by the device on which the user approves. With IPv6 that is found by the address alone, with
   * IPv4 by the address and the user agent. `unknown`: only the IPv4 address or the IPv6 /64 is the same, as in a home, or the
   * addresses cannot be compared. A requester can choose its user agent, so the verdict `refuse` alone is for `unknown` too;
   * the verdict `warn` alone is for `same` only. For homes: `{ same: 'refuse', unknown: 'warn' }`.
   * @default 'warn'
   */
  readonly sameDevice: PolicyRule
  /**
   * The requester's network, a /24 or a /48 with IPv6, is not the network of the approver. The IPv4 address behind a NAT64 is
   * compared as such. `unknown`: one address is private or unknown, or one is IPv4 and the other IPv6, as in many homes. With the
   * option `risk: 'high'` a verdict alone is for `other` and `unknown`, otherwise for `other` only. In a network of your own all
   * addresses are private: `{ other: 'refuse', unknown: 'warn' }`.
   * @default 'warn', or 'refuse' with the option `risk: 'high'`
   */
  readonly otherNetwork: PolicyRule
  /**
   * The hook `describeRequester` gives the two addresses different countries. Without this hook a verdict has no effect. `unknown`: a
   * country is missing, for instance because of a private relay. With the option `risk: 'high'` a verdict alone is for `other`
   * and `unknown`, otherwise for `other` only.
   * @default 'warn', or 'refuse' with the option `risk: 'high'`
   */
  readonly otherCountry: PolicyRule
  /**
   * The effect of a device that this user has approved before. It has to prove the key of a live grant of the same client and user: by
   * DPoP or a certificate with the device authorization request (the option `keyBinding`), or by the attestation of its maker. It is
   * never approved by itself, and no rule spares it unless the rule has a verdict for `known`.
   * @default 'oneTap', or 'show' with the option `risk: 'high'`
   * @see {@link https://www.rfc-editor.org/rfc/rfc10027#section-6.1.7 RFC 10027 section 6.1.7}
   */
  readonly knownDevice: KnownDeviceUse
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
