/** The 4 or 16 bytes of an address; `undefined` for what is none. An IPv4 address in IPv6 clothes is the IPv4 address. */
export function addressBytes(text: string | undefined): readonly number[] | undefined {
  if (text === undefined) return undefined
  const bare = /^\[(.*)\](?::\d+)?$/.exec(text)?.[1] ?? /^([\d.]+):\d+$/.exec(text)?.[1] ?? text
  const address = bare.split('%', 1)[0] ?? ''
  const bytes = address.includes(':') ? ipv6Bytes(address.toLowerCase()) : ipv4Bytes(address)
  const mapped = bytes?.length === 16 && contains({ bytes: mappedPrefix, bits: 96 }, bytes)
  return mapped ? bytes.slice(12) : bytes
}

const mappedPrefix = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 0, 0, 0, 0]

function ipv4Bytes(address: string): number[] | undefined {
  const parts = address.split('.')
  // a leading zero is octal to some
  const valid = parts.length === 4 && parts.every((part) => /^(?:0|[1-9]\d{0,2})$/.test(part) && Number(part) < 256)
  return valid ? parts.map(Number) : undefined
}

function ipv6Bytes(address: string): number[] | undefined {
  const halves = address.split('::')
  if (halves.length > 2) return undefined
  const [left, right] = [groupBytes(halves[0]), groupBytes(halves[1])]
  if (left === undefined || right === undefined) return undefined
  const missing = 16 - left.length - right.length
  const fits = halves.length === 2 ? missing >= 2 : missing === 0
  return fits ? [...left, ...Array<number>(missing).fill(0), ...right] : undefined
}

/** Groups of four hexadecimal digits; the last may be an IPv4 address. */
function groupBytes(text = ''): number[] | undefined {
  const bytes: number[] = []
  const groups = text === '' ? [] : text.split(':')
  for (const [index, group] of groups.entries()) {
    const four = index === groups.length - 1 && group.includes('.') ? ipv4Bytes(group) : undefined
    if (four !== undefined) bytes.push(...four)
    else if (/^[\da-f]{1,4}$/.test(group)) bytes.push(Number.parseInt(group, 16) >> 8, Number.parseInt(group, 16) & 255)
    else return undefined
  }
  return bytes
}

/** A range of addresses. */
export interface Network {
  readonly bytes: readonly number[]
  /** Bits that every address in it begins with. */
  readonly bits: number
}

/** A network in CIDR notation, or one address; `undefined` for what is neither. */
export function parseNetwork(text: unknown): Network | undefined {
  if (typeof text !== 'string') return undefined
  const [, address, length] = /^([\da-fA-F.:]+)(?:\/(\d{1,3}))?$/.exec(text) ?? []
  const bytes = addressBytes(address)
  if (bytes === undefined || address === undefined) return undefined
  // the length of a mapped network counts from the start of the IPv6 address
  const most = address.includes(':') ? 128 : 32
  const bits = Number(length ?? most) - (most - bytes.length * 8)
  return bits >= 0 && bits <= bytes.length * 8 ? { bytes, bits } : undefined
}

/** Whether an address is in a network; of the other family it never is. */
export function contains({ bytes, bits }: Network, address: readonly number[]): boolean {
  if (address.length !== bytes.length) return false
  return bytes.every((byte, index) => {
    const left = Math.min(8, Math.max(0, bits - index * 8))
    const mask = (0xff << (8 - left)) & 0xff
    return (byte & mask) === ((address[index] ?? 0) & mask)
  })
}

const privateNetworks = [
  ...['0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16', '172.16.0.0/12', '192.168.0.0/16'],
  ...['::/127', 'fc00::/7', 'fe80::/10'],
].flatMap((text) => parseNetwork(text) ?? [])

/**
 * The bytes of an address that says something of where somebody is; `undefined` for private, loopback and unknown
 * ones, which are the proxy's in front, or the same in every home.
 */
export function publicAddress(ip: string | undefined): readonly number[] | undefined {
  const bytes = addressBytes(ip)
  return bytes === undefined || privateNetworks.some((network) => contains(network, bytes)) ? undefined : bytes
}

/** Whether an address is in one of these networks, each in CIDR notation. An unknown address is in none. */
export function isWithinNetworks(ip: string | undefined, networks: readonly string[]): boolean {
  const bytes = addressBytes(ip)
  return (
    bytes !== undefined &&
    networks.some((text) => {
      const network = parseNetwork(text)
      return network !== undefined && contains(network, bytes)
    })
  )
}
