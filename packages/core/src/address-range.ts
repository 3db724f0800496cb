import { withoutPort } from './address.ts'

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
export function addressKey(ip: string): string | undefined {
  const bare = withoutPort(ip).split('%', 1)[0] ?? ''
  const octets = ipv4.exec(bare)?.slice(1).map(Number)
  if (octets !== undefined) return octets.every((octet) => octet < 256) ? mappedPrefix + hex(octets) : undefined
  const url = `http://[${bare}]`
  if (!/^[\da-f:.]+$/i.test(bare) || !URL.canParse(url)) return undefined
  // the URL parser writes every spelling alike: groups of hexadecimal digits, and `::` for the longest run of zeros
  const [head = '', tail = ''] = new URL(url).hostname.slice(1, -1).split('::')
  const [left, right] = [head, tail].map((part) => part.split(':').filter((group) => group !== ''))
  const zeros = Array<string>(8 - (left?.length ?? 0) - (right?.length ?? 0)).fill('0')
  return [...(left ?? []), ...zeros, ...(right ?? [])].map((group) => group.padStart(4, '0')).join('')
}

/** The addresses that a text means: an address, or a prefix such as `192.0.2.0/24` or `2001:db8::/64`. */
export function addressRange(text: string): AddressRange | undefined {
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

function hex(octets: readonly number[]): string {
  return octets.map((octet) => octet.toString(16).padStart(2, '0')).join('')
}

function digits(address: bigint): string {
  return address.toString(16).padStart(32, '0')
}
