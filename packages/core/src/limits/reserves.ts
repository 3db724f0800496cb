import { addressPrefix, publicAddress, sitePrefix } from '../ip-address.ts'

/** A limit below this has no reserve: it would leave too little to count. */
const LEAST_WITH_RESERVE = 100

/** Addresses of one IPv6 site, a /48, that may use up their limits: more than a household has, and fewer than 65,536. */
const ADDRESSES_OF_SITE = 10

/** The share of a budget that is open to all. The rest is for accounts and addresses with a clean record. */
export function sharedPart(limit: number): number {
  return limit < LEAST_WITH_RESERVE ? limit : Math.ceil(limit / 4)
}

/** The share of `limits.pending` that one client may use, unless `limits.pendingPerClient` is given. */
export function clientPart(pending: number): number {
  return pending < LEAST_WITH_RESERVE ? pending : Math.floor(pending * 0.6)
}

/** The share of `limits.pending` that clients without a secret may use: anybody can start them. */
export function publicPart(pending: number): number {
  return pending < LEAST_WITH_RESERVE ? pending : Math.floor(pending * 0.9)
}

/** An address, or the IPv6 site that it is in, as limits count them. */
export interface PlaceCounter {
  readonly scope: 'address' | 'site'
  readonly key: string
  /** The limit of an address times this is the limit of the place. */
  readonly factor: number
}

/**
 * The counters of the place that a request comes from: an IPv4 address, or the /64 and the /48 with IPv6. None for a
 * private or unknown address: many people share it, and one of them could lock out the others.
 */
export function placeCounters(ip: string | undefined): readonly PlaceCounter[] {
  if (publicAddress(ip) === undefined) return []
  const address = { scope: 'address', key: addressPrefix(ip), factor: 1 } as const
  const site = sitePrefix(ip)
  return site === undefined ? [address] : [address, { scope: 'site', key: site, factor: ADDRESSES_OF_SITE }]
}
