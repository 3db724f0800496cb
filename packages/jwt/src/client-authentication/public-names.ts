import dns from 'node:dns'

/** Finds the addresses of a name; rejects if it has none. */
export type Lookup = (hostname: string) => Promise<readonly { readonly address: string; readonly family: number }[]>

/** Milliseconds until a server of names is asked again, for the one time. */
const PATIENCE = 1000
/**
 * Milliseconds that the addresses of one family wait for those of the other. Some servers of names never answer about IPv6, and the
 * document itself needs time, too.
 * @see {@link https://www.rfc-editor.org/rfc/rfc8305#section-3 RFC 8305 section 3}
 */
const FAMILY_DELAY = 500

/**
 * Finds the addresses of a name that somebody else chose, by DNS alone. The look-up of the system would keep a thread for as long as the
 * servers of that name are silent: a few such names, and every other look-up of this process waits for a minute, also that of its database.
 */
export const publicNames: Lookup = async (hostname) => {
  const resolver = new dns.promises.Resolver({ timeout: PATIENCE, tries: 2 })
  // those that the application has set, too: a named import would not see them
  resolver.setServers(dns.getServers())
  const families = [resolver.resolve4(hostname), resolver.resolve6(hostname)] as const
  await Promise.any(families).catch(() => {})
  const timer = setTimeout(() => resolver.cancel(), FAMILY_DELAY)
  const [four, six] = await Promise.allSettled(families)
  clearTimeout(timer)
  if (four.status === 'rejected' && six.status === 'rejected') throw four.reason
  const found = [four, six].map((answer) => (answer.status === 'fulfilled' ? answer.value : []))
  return found.flatMap((addresses, index) => addresses.map((address) => ({ address, family: index === 0 ? 4 : 6 })))
}

/** Finds the addresses of a name as the system does: names of a private network may be in its files only. */
export const privateNames: Lookup = (hostname) => dns.promises.lookup(hostname, { all: true })
