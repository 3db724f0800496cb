/** This machine: nobody can listen on the way. */
const local = /^(?:(?:.+\.)?localhost|127(?:\.\d+){3}|\[::1\])$/

/**
 * True if secrets may be sent to an address: it is https, or http to this machine (`localhost`, `*.localhost`, 127.0.0.0/8, `[::1]`), or
 * http anywhere with `dangerouslyAllowHttp`. An address with a user name or a password is never secure.
 */
export function isSecureAddress(
  address: string,
  { dangerouslyAllowHttp }: { readonly dangerouslyAllowHttp: boolean },
): boolean {
  if (!URL.canParse(address)) return false
  const { protocol, hostname, username, password } = new URL(address)
  if (username !== '' || password !== '') return false
  return protocol === 'https:' || (protocol === 'http:' && (dangerouslyAllowHttp || local.test(hostname)))
}
