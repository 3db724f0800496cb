/** An issuer or origin with a path behind it, without a doubled slash. */
export function urlBelow(issuer: string, path: string): string {
  return issuer.replace(/\/$/, '') + path
}
