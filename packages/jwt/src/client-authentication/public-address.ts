import { BlockList, isIPv4 } from 'node:net'

/** A list of networks, from texts such as `10.0.0.0/8`. */
export function networks(family: 'ipv4' | 'ipv6', texts: readonly string[]): BlockList {
  const list = new BlockList()
  for (const text of texts) {
    const [address = '', bits] = text.split('/')
    list.addSubnet(address, Number(bits), family)
  }
  return list
}

/**
 * The IPv4 networks that are not of the public internet.
 * @see {@link https://www.rfc-editor.org/rfc/rfc6890#section-2.2.2 RFC 6890 section 2.2.2}
 */
const notPublic4 = networks('ipv4', [
  ...['0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16', '172.16.0.0/12', '192.0.0.0/24'],
  ...['192.0.2.0/24', '192.88.99.0/24', '192.168.0.0/16', '198.18.0.0/15', '198.51.100.0/24', '203.0.113.0/24'],
  ...['224.0.0.0/4', '240.0.0.0/4'],
])

/** All public IPv6 addresses are in this one. Addresses with an IPv4 address inside are in other ones, or below. */
const global6 = networks('ipv6', ['2000::/3'])

/** The parts of `2000::/3` that are not public, or that lead to an IPv4 address. */
const notPublic6 = networks('ipv6', ['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20'])

/** True for an IP address of the public internet; false for another address or text. */
export function isPublicAddress(address: string): boolean {
  if (isIPv4(address)) return !notPublic4.check(address, 'ipv4')
  return global6.check(address, 'ipv6') && !notPublic6.check(address, 'ipv6')
}
