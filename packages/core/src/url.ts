/** Joins an issuer or origin and a path, with one slash between them. */
export function urlBelow(issuer: string, path: string): string {
  return issuer.replace(/\/$/, '') + path
}
