import { randomText, sha256 } from './base64url.ts'

/**
 * Makes a PKCE code verifier and its code challenge. Send the challenge with the device authorization request (`code_challenge`, with
 * the `code_challenge_method` `S256`), and the verifier with the polls (`code_verifier`).
 *
 * @example
 * const { codeVerifier, codeChallenge } = await createPkce()
 * const parameters = { code_challenge: codeChallenge, code_challenge_method: 'S256' }
 * const codes = await requestDeviceAuthorization({ address, clientId: 'tv', parameters })
 * @see {@link https://www.rfc-editor.org/rfc/rfc7636#section-4 RFC 7636 section 4}
 */
export async function createPkce(): Promise<{ readonly codeVerifier: string; readonly codeChallenge: string }> {
  const codeVerifier = randomText()
  return { codeVerifier, codeChallenge: await sha256(codeVerifier) }
}
