import { randomText } from './base64url.ts'
import { sha256 } from './dpop.ts'

/**
 * A verifier for the polls (`code_verifier`) and its challenge for the device authorization request (`code_challenge`, method `S256`).
 *
 * @see https://www.rfc-editor.org/rfc/rfc7636#section-4
 */
export async function createPkce(): Promise<{ readonly codeVerifier: string; readonly codeChallenge: string }> {
  const codeVerifier = randomText()
  return { codeVerifier, codeChallenge: await sha256(codeVerifier) }
}
