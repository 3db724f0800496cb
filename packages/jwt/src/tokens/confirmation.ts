import type { Confirmation } from '@device-auth/core'

const thumbprint = /^[A-Za-z0-9_-]{43}$/

/**
 * The key in the claim `cnf`; `undefined` for a token without one, or with a key of another kind than DPoP and mutual TLS have.
 * @see {@link https://www.rfc-editor.org/rfc/rfc7800#section-3.1 RFC 7800 section 3.1}
 */
export function confirmationOf(payload: Readonly<Record<string, unknown>> | undefined): Confirmation | undefined {
  const { jkt, 'x5t#S256': certificate, ...others } = Object(payload?.cnf)
  // a token that is bound in two ways would need both proofs
  if (Object.keys(others).length > 0 || (jkt !== undefined && certificate !== undefined)) return undefined
  if (typeof jkt === 'string' && thumbprint.test(jkt)) return { jkt }
  if (typeof certificate === 'string' && thumbprint.test(certificate)) return { 'x5t#S256': certificate }
  return undefined
}
