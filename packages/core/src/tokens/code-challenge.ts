import { hashSecret, secretsEqual } from '../crypto/secrets.ts'
import { OAuthError } from '../errors.ts'
import { withoutKey } from './bound-text.ts'

// `<code>~c<challenge>`, before the thumbprint of a key
const ending = /~c([A-Za-z0-9_-]{43})$/
const verifierShape = /^[A-Za-z0-9._~-]{43,128}$/

/**
 * Reads the code challenge of a device authorization request: PKCE for this grant, as Keycloak has it.
 *
 * @returns `undefined` if the request has none.
 * @throws {OAuthError} `invalid_request` for another method than S256, or a challenge that is no SHA-256.
 * @see {@link https://www.rfc-editor.org/rfc/rfc7636#section-4.3 RFC 7636 section 4.3}
 */
export function readCodeChallenge(parameters: ReadonlyMap<string, string>): string | undefined {
  const challenge = parameters.get('code_challenge')
  const method = parameters.get('code_challenge_method')
  if (challenge === undefined && method === undefined) return undefined
  // `plain` is the default of the RFC: the challenge would then be the secret itself
  if (method === 'S256' && challenge !== undefined && /^[A-Za-z0-9_-]{43}$/.test(challenge)) return challenge
  throw new OAuthError(
    'invalid_request',
    'code_challenge needs code_challenge_method=S256, and 43 characters of base64url.',
  )
}

/** Adds the code challenge to a device code. The store keeps the hash of the whole code, so nobody can take it off. */
export function withCodeChallenge(deviceCode: string, challenge: string | undefined): string {
  return challenge === undefined ? deviceCode : `${deviceCode}~c${challenge}`
}

/**
 * True if the verifier of a poll fits the challenge in its device code. A code without a challenge takes no verifier: somebody may have
 * taken the challenge out of the request for the code.
 * @see {@link https://www.rfc-editor.org/rfc/rfc7636#section-4.6 RFC 7636 section 4.6}
 * @see {@link https://www.rfc-editor.org/rfc/rfc9700#section-2.1.1 RFC 9700 section 2.1.1}
 */
export function isVerified(deviceCode: string, verifier: string | undefined): boolean {
  const challenge = deviceCode.includes('~') ? ending.exec(withoutKey(deviceCode))?.[1] : undefined
  if (challenge === undefined || verifier === undefined) return challenge === verifier
  return verifierShape.test(verifier) && secretsEqual(hashSecret(verifier), challenge)
}
