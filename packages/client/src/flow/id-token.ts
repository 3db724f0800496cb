import { fromBase64url } from '../auth/base64url.ts'

/** What an id_token has to say. */
export interface IdTokenExpectation {
  readonly clientId: string
  /** Not compared when unknown. */
  readonly issuer?: string | undefined
  /** Compared when the token has one; demanded with `isNonceRequired`. */
  readonly nonce?: string | undefined
  readonly isNonceRequired?: boolean
  /** Epoch milliseconds. */
  readonly now: number
}

// devices without a battery for their clock
const LEEWAY = 300

/**
 * Checks the claims of an id_token that came from the token endpoint over TLS, which stands for its signature there.
 *
 * @returns What is wrong, or nothing.
 * @see https://openid.net/specs/openid-connect-core-1_0.html#IDTokenValidation
 */
export function idTokenProblem(idToken: string, expected: IdTokenExpectation): string | undefined {
  const claims = claimsOf(idToken)
  if (claims === undefined) return 'it is not a JWT'
  const { iss, aud, azp, exp, nonce } = claims
  const audiences = [aud].flat()
  if (expected.issuer !== undefined && !isSameIssuer(iss, expected.issuer)) return 'its issuer is another'
  if (!audiences.includes(expected.clientId)) return 'its audience is another client'
  if (audiences.length > 1 && azp !== undefined && azp !== expected.clientId) return 'its party is another client'
  if (typeof exp !== 'number' || exp + LEEWAY < expected.now / 1000) return 'it has expired'
  const isNonceMissing = nonce === undefined && expected.isNonceRequired === true
  if (isNonceMissing || (nonce !== undefined && expected.nonce !== undefined && nonce !== expected.nonce)) {
    return 'its nonce is another'
  }
  return undefined
}

// who configures an issuer knows nothing of the slash at its end
function isSameIssuer(iss: unknown, issuer: string): boolean {
  return typeof iss === 'string' && iss.replace(/\/$/, '') === issuer.replace(/\/$/, '')
}

/** The claims of a JWT, unchecked. */
export function claimsOf(jwt: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const claims: unknown = JSON.parse(fromBase64url(jwt.split('.')[1] ?? ''))
    return typeof claims === 'object' && claims !== null ? { ...claims } : undefined
  } catch {
    return undefined
  }
}
