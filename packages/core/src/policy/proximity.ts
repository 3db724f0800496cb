import type { ApprovalRule, Finding } from '../contract/policy.ts'
import type { Requester } from '../contract/requester.ts'
import { addressPrefix, isIpv4, publicAddress } from '../ip-address.ts'

/** Digits of an address that name its network: the first 24 bits of IPv4, or 48 of IPv6. */
const digitsOfNetwork = { ipv4: 30, ipv6: 12 } as const

/**
 * The built-in comparison of each rule.
 * @see {@link https://www.rfc-editor.org/rfc/rfc10027#section-6.1.1 RFC 10027 section 6.1.1}
 */
export const comparisons: Readonly<Record<ApprovalRule, (requester?: Requester, approver?: Requester) => Finding>> = {
  sameDevice(requester, approver) {
    const [one, other] = [publicAddress(requester?.ip), publicAddress(approver?.ip)]
    if (one === undefined || other === undefined || isIpv4(one) !== isIpv4(other)) return 'unknown'
    // one household has an IPv4 address or a /64: in it a device changes its IPv6 address at will
    if (addressPrefix(requester?.ip) !== addressPrefix(approver?.ip)) return 'other'
    if (one !== other) return 'unknown'
    const sameAgent = requester?.userAgent !== undefined && requester.userAgent === approver?.userAgent
    return sameAgent || !isIpv4(one) ? 'same' : 'unknown'
  },
  otherNetwork(requester, approver) {
    const [one, other] = [publicAddress(requester?.ip), publicAddress(approver?.ip)]
    // one home has IPv4 and IPv6: if the device uses one and the phone the other, they cannot be compared
    if (one === undefined || other === undefined || isIpv4(one) !== isIpv4(other)) return 'unknown'
    const network = one.slice(0, isIpv4(one) ? digitsOfNetwork.ipv4 : digitsOfNetwork.ipv6)
    return other.startsWith(network) ? 'same' : 'other'
  },
  otherCountry(requester, approver) {
    if (requester?.country === undefined || approver?.country === undefined) return 'unknown'
    return requester.country === approver.country ? 'same' : 'other'
  },
}
