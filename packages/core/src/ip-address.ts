/** A range of addresses, both ends included, in the form of {@link addressKey}. */
export interface AddressRange {
  readonly from: string
  readonly to: string
}

const ADDRESS_BITS = 128
// without leading zeros: some parsers read such a number as octal
const ipv4 = /^(0|[1-9]\d{0,2})\.(0|[1-9]\d{0,2})\.(0|[1-9]\d{0,2})\.(0|[1-9]\d{0,2})$/
const mappedPrefix = '00000000000000000000ffff'

/**
 * Writes an IP address as 32 hexadecimal digits, an IPv4 address as its IPv4-mapped IPv6 address. In this form a range
 * of addresses is a range of texts, so that any store can index it.
 *
 * @returns `undefined` for a text that is not an address.
 * @see {@link https://www.rfc-editor.org/rfc/rfc4291#section-2.5.5.2 RFC 4291 section 2.5.5.2}
 */
export function addressKey(ip = ''): string | undefined {
  if (ip !== lastIp) {
    lastKey = readAddress(ip)
    lastIp = ip
  }
  return lastKey
}

// one request asks for the key of its address several times
let lastIp: string | undefined
let lastKey: string | undefined

function readAddress(ip: string): string | undefined {
  const bare = withoutPort(ip).split('%', 1)[0] ?? ''
  const octets = ipv4.exec(bare)?.slice(1).map(Number)
  if (octets !== undefined) return octets.every((octet) => octet < 256) ? mappedPrefix + hex(octets) : undefined
  const url = `http://[${bare}]`
  if (!/^[\da-f:.]{2,45}$/i.test(bare) || !URL.canParse(url)) return undefined
  // the URL parser writes every spelling alike: groups of hexadecimal digits, and `::` for the longest run of zeros
  const [head = '', tail = ''] = new URL(url).hostname.slice(1, -1).split('::')
  const [left = [], right = []] = [head, tail].map((part) => part.split(':').filter((group) => group !== ''))
  const zeros = Array<string>(8 - left.length - right.length).fill('0')
  return [...left, ...zeros, ...right].map((group) => group.padStart(4, '0')).join('')
}

/**
 * Writes an address as people read it: an IPv4 address with dots, also if it comes as an IPv6 address (`::ffff:192.0.2.1`), an IPv6
 * address in its shortest form, both without port and zone.
 *
 * @returns `undefined` for a text that is not an address.
 * @see {@link https://www.rfc-editor.org/rfc/rfc5952#section-4 RFC 5952 section 4}
 */
export function shortAddress(ip: string): string | undefined {
  const key = addressKey(ip)
  if (key === undefined) return undefined
  if (!isIpv4(key)) return new URL(`http://[${(key.match(/.{4}/g) ?? []).join(':')}]`).hostname.slice(1, -1)
  // most come in this form
  if (ipv4.test(ip)) return ip
  return (key.slice(mappedPrefix.length).match(/../g) ?? []).map((octet) => Number(`0x${octet}`)).join('.')
}

/** `true` if the key, made by {@link addressKey}, is of an IPv4 address. */
export function isIpv4(key: string): boolean {
  return key.startsWith(mappedPrefix)
}

/**
 * Reads an address, or a prefix such as `192.0.2.0/24` or `2001:db8::/64`.
 *
 * @returns `undefined` for a text that is neither.
 * @see {@link https://www.rfc-editor.org/rfc/rfc4632#section-3.1 RFC 4632 section 3.1}
 */
export function addressRange(text: unknown): AddressRange | undefined {
  if (typeof text !== 'string') return undefined
  const [address = '', length, ...rest] = text.split('/')
  const key = addressKey(address)
  if (key === undefined || rest.length > 0) return undefined
  if (length === undefined) return { from: key, to: key }
  const bits = Number(length) + (address.includes(':') ? 0 : 96)
  if (!/^\d{1,3}$/.test(length) || bits > ADDRESS_BITS) return undefined
  const size = 1n << BigInt(ADDRESS_BITS - bits)
  const from = (BigInt(`0x${key}`) / size) * size
  return { from: keyOf(from), to: keyOf(from + size - 1n) }
}

/** `true` if an address is in one of the ranges. `::/0` has no IPv4 addresses. An unknown address is in no range. */
export function isWithin(key: string | undefined, ranges: readonly AddressRange[]): boolean {
  if (key === undefined) return false
  return ranges.some(({ from, to }) => key >= from && key <= to && isIpv4(from) === isIpv4(key))
}

/**
 * The key under which a limit counts an address: the whole address with IPv4, its /64 with IPv6, because one household
 * has a /64. All texts that are not addresses share one key, so that nobody gets more attempts by inventing some.
 */
export function addressPrefix(ip: string | undefined): string {
  const key = endToEnd(addressKey(ip))
  if (key === undefined) return 'unknown'
  return isIpv4(key) ? key : key.slice(0, 16)
}

/** The /48 of an IPv6 address, which is one site: whoever has it has 65,536 /64s. `undefined` for every other text. */
export function sitePrefix(ip: string | undefined): string | undefined {
  const key = endToEnd(addressKey(ip))
  return key === undefined || isIpv4(key) ? undefined : key.slice(0, 12)
}

/** The first 96 bits of addresses that a NAT64 makes of IPv4 addresses. */
const nat64Prefix = '0064ff9b0000000000000000'

/**
 * The IPv4 address in an address of a NAT64; every other key as it is. Otherwise all of IPv4 behind a translator would be
 * one /64, with one limit.
 * @see {@link https://www.rfc-editor.org/rfc/rfc6052#section-2.1 RFC 6052 section 2.1}
 */
function endToEnd(key: string | undefined): string | undefined {
  return key?.startsWith(nat64Prefix) ? mappedPrefix + key.slice(24) : key
}

const notPublic = [
  ...['0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16', '172.16.0.0/12', '192.168.0.0/16'],
  ...['::/127', 'fc00::/7', 'fe80::/10'],
].flatMap((text) => addressRange(text) ?? [])

/**
 * The key of a public address. `undefined` for private, loopback and unknown addresses: these belong to a proxy, or are the
 * same in every home, and do not tell where somebody is.
 */
export function publicAddress(ip: string | undefined): string | undefined {
  const key = endToEnd(addressKey(ip))
  return isWithin(key, notPublic) ? undefined : key
}

/** Removes a port, which some proxies write behind the address and which changes with every connection. */
function withoutPort(ip: string): string {
  return /^\[(.*)\](?::\d+)?$/.exec(ip)?.[1] ?? /^(\d+\.\d+\.\d+\.\d+):\d+$/.exec(ip)?.[1] ?? ip
}

function hex(octets: readonly number[]): string {
  return octets.map((octet) => octet.toString(16).padStart(2, '0')).join('')
}

function keyOf(address: bigint): string {
  return address.toString(16).padStart(32, '0')
}
