/**
 * What an address counts as in a limit: IPv4 whole, IPv6 by its /64, because one household has that many;
 * an IPv4 address in IPv6 clothes is the IPv4 address.
 */
export function addressPrefix(ip: string | undefined): string {
  if (ip === undefined) return 'unknown'
  const address = withoutPort(ip).split('%', 1)[0] ?? ''
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1]
  if (mapped !== undefined) return mapped
  if (!address.includes(':')) return address
  const [head = '', tail] = address.toLowerCase().split('::')
  const left = head === '' ? [] : head.split(':')
  const right = tail === undefined || tail === '' ? [] : tail.split(':')
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - left.length - right.length)
  const groups = [...left, ...Array<string>(zeros).fill('0'), ...right]
  const embedded = mappedAddress(groups)
  if (embedded !== undefined) return embedded
  return `${groups
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, ''))
    .join(':')}::/64`
}

/** Some proxies write the port as well; it changes with every connection. */
export function withoutPort(ip: string): string {
  return /^\[(.*)\](?::\d+)?$/.exec(ip)?.[1] ?? /^(\d+\.\d+\.\d+\.\d+):\d+$/.exec(ip)?.[1] ?? ip
}

/** `::ffff:c000:201` is 192.0.2.1. */
function mappedAddress(groups: readonly string[]): string | undefined {
  const [high, low] = groups.slice(6).map((group) => Number.parseInt(group, 16))
  const mapped = groups.length === 8 && groups[5] === 'ffff' && groups.slice(0, 5).every((group) => /^0+$/.test(group))
  if (!mapped || high === undefined || low === undefined) return undefined
  return [high >> 8, high & 255, low >> 8, low & 255].join('.')
}
