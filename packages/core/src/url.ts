/** This machine: nobody can listen on the way. The client has the same rule, and a test compares them. */
const local = /^(?:(?:.+\.)?localhost|127(?:\.\d+){3}|\[::1\])$/

/** True if a URL is https, or http to this machine: `localhost`, `*.localhost`, 127.0.0.0/8 or `[::1]`. */
export function isSecureUrl({ protocol, hostname }: URL): boolean {
  return protocol === 'https:' || (protocol === 'http:' && local.test(hostname))
}

/** Joins an issuer or origin and a path, with one slash between them. */
export function urlBelow(issuer: string, path: string): string {
  return issuer.replace(/\/$/, '') + path
}
