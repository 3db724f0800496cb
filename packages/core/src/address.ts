/** Addresses from one to another, both included, as {@link addressKey} writes them. */
export interface AddressRange {
  readonly from: string
  readonly to: string
}

const addressBits = 128
// a leading zero means octal to some
const ipv4 = /^(0|[1-9]\d{0,2})\.(0|[1-9]\d{0,2})\.(0|[1-9]\d{0,2})\.(0|[1-9]\d{0,2})$/
const mappedPrefix = '00000000000000000000ffff'

/**
 * An address as 32 hexadecimal digits, an IPv4 address as IPv6 maps it; `undefined` for what is no address. In this
 * form a range of addresses is a range of texts, so that any store can index it.
 * @see {@link https://www.rfc-editor.org/rfc/rfc4291#section-2.5.5.2 RFC 4291 section 2.5.5.2}
 */
export function addressKey(ip = ''): string | undefined {
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

/** Whether an address, as {@link addressKey} writes it, is an IPv4 address. */
export function isIpv4(key: string): boolean {
  return key.startsWith(mappedPrefix)
}

/** The addresses that a text means: an address, or a prefix such as `192.0.2.0/24` or `2001:db8::/64`. */
export function addressRange(text: unknown): AddressRange | undefined {
  if (typeof text !== 'string') return undefined
  const [address = '', length, ...rest] = text.split('/')
  const key = addressKey(address)
  if (key === undefined || rest.length > 0) return undefined
  if (length === undefined) return { from: key, to: key }
  const bits = Number(length) + (address.includes(':') ? 0 : 96)
  if (!/^\d{1,3}$/.test(length) || bits > addressBits) return undefined
  const size = 1n << BigInt(addressBits - bits)
  const from = (BigInt(`0x${key}`) / size) * size
  return { from: digits(from), to: digits(from + size - 1n) }
}

/** Whether an address is in one of these ranges; `::/0` has no IPv4 address, and an unknown one is in none. */
export function isWithin(key: string | undefined, ranges: readonly AddressRange[]): boolean {
  if (key === undefined) return false
  return ranges.some(({ from, to }) => key >= from && key <= to && isIpv4(from) === isIpv4(key))
}

/**
 * What an address counts as in a limit: IPv4 whole, IPv6 by its /64, because one household has that many. What is no
 * address is one for all, so that nobody gets more by making some up.
 */
export function addressPrefix(ip: string | undefined): string {
  const key = addressKey(ip)
  if (key === undefined) return 'unknown'
  return isIpv4(key) ? key : key.slice(0, 16)
}

const notPublic = [
  ...['0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16', '172.16.0.0/12', '192.168.0.0/16'],
  ...['::/127', 'fc00::/7', 'fe80::/10'],
].flatMap((text) => addressRange(text) ?? [])

/**
 * The key of an address that says something of where somebody is; `undefined` for private, loopback and unknown ones,
 * which are the proxy's in front, or the same in every home.
 */
export function publicAddress(ip: string | undefined): string | undefined {
  const key = addressKey(ip)
  return isWithin(key, notPublic) ? undefined : key
}

/** Some proxies write the port as well; it changes with every connection. */
function withoutPort(ip: string): string {
  return /^\[(.*)\](?::\d+)?$/.exec(ip)?.[1] ?? /^(\d+\.\d+\.\d+\.\d+):\d+$/.exec(ip)?.[1] ?? ip
}

function hex(octets: readonly number[]): string {
  return octets.map((octet) => octet.toString(16).padStart(2, '0')).join('')
}

function digits(address: bigint): string {
  return address.toString(16).padStart(32, '0')
}
