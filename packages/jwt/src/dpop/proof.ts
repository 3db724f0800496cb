import { hash } from 'node:crypto'
import { OAuthError, type ProofRequest } from '@device-auth/core'
import { calculateJwkThumbprint, decodeProtectedHeader, EmbeddedJWK, type JWTPayload, jwtVerify } from 'jose'
import { isCheapExponent } from '../keys/exponent.ts'

/** The most characters of a proof. One with an RSA key of 4096 bits has about 2000. */
const MAX_LENGTH = 4096

const compact = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/

/** The members of private and symmetric JWKs. */
const privateMembers = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k']

/** A proof whose signature, method and address are right. Its time is not checked yet. */
export interface VerifiedProof {
  /** The thumbprint of the key: RFC 7638 with SHA-256. */
  readonly thumbprint: string
  readonly jti: string
  /** Seconds since the epoch. */
  readonly iat: number
  readonly nonce: unknown
}

/** The refusal of a proof. It says which rule was broken, and repeats nothing of the proof. */
export function invalidProof(reason: string): OAuthError {
  return new OAuthError('invalid_dpop_proof', `The DPoP proof is not valid: ${reason}.`)
}

/**
 * Reads the one DPoP header of a request; `undefined` if there is none.
 *
 * @throws {OAuthError} if there are several, or its value is no compact JWT of a usual size.
 * @see {@link https://www.rfc-editor.org/rfc/rfc9449#section-4.3 RFC 9449 section 4.3}
 */
export function readProof({ headers: { dpop } }: ProofRequest): string | undefined {
  if (dpop === undefined) return undefined
  const values = typeof dpop === 'string' ? [dpop] : dpop
  const [proof = ''] = values
  // Node joins repeated headers with a comma, which no JWT has
  if (values.length !== 1 || proof.length > MAX_LENGTH || !compact.test(proof))
    throw invalidProof('there must be one header DPoP, with one JWT of at most 4096 characters')
  return proof
}

/**
 * Verifies a proof for a request.
 *
 * @param now - Epoch milliseconds.
 * @throws {OAuthError} `invalid_dpop_proof`.
 * @see {@link https://www.rfc-editor.org/rfc/rfc9449#section-4.3 RFC 9449 section 4.3}
 */
export async function verifyProof(
  proof: string,
  { method, url, accessToken }: ProofRequest,
  algorithms: readonly string[],
  now: number,
): Promise<VerifiedProof> {
  const jwk = readKey(proof, algorithms)
  const payload = await verifySignature(proof, algorithms, now)
  const { jti, htm, htu, iat, ath, nonce } = payload
  if (typeof jti !== 'string' || jti === '') throw invalidProof('jti is missing')
  if (htm !== method) throw invalidProof('htm is not the method of this request')
  if (typeof htu !== 'string' || plainUrl(htu) === undefined || plainUrl(htu) !== plainUrl(url))
    throw invalidProof('htu is not the URL of this request')
  if (typeof iat !== 'number' || !Number.isFinite(iat)) throw invalidProof('iat is missing')
  if (accessToken !== undefined && ath !== hash('sha256', accessToken, 'base64url'))
    throw invalidProof('ath is not the hash of the access token')
  return { thumbprint: await calculateJwkThumbprint(jwk, 'sha256'), jti, iat, nonce }
}

/** The public key in the header, which has to be a signature by one of the algorithms. */
function readKey(proof: string, algorithms: readonly string[]): Record<string, unknown> {
  const { typ, alg, jwk, crit } = readHeader(proof)
  if (typ !== 'dpop+jwt') throw invalidProof('typ is not dpop+jwt')
  if (typeof alg !== 'string' || !algorithms.includes(alg))
    throw invalidProof(`alg is not one of ${algorithms.join(', ')}`)
  if (crit !== undefined) throw invalidProof('crit has extensions, and none is known here')
  if (typeof jwk !== 'object' || jwk === null || Array.isArray(jwk)) throw invalidProof('jwk is missing')
  if (privateMembers.some((name) => Object.hasOwn(jwk, name))) throw invalidProof('jwk has members of a private key')
  // anybody can send a proof, so its key must not cost the server much
  if ('e' in jwk && !isCheapExponent(jwk.e)) throw invalidProof('the exponent e of jwk is longer than usual')
  return { ...jwk }
}

function readHeader(proof: string): Record<string, unknown> {
  try {
    return { ...decodeProtectedHeader(proof) }
  } catch {
    throw invalidProof('its header cannot be read')
  }
}

async function verifySignature(proof: string, algorithms: readonly string[], now: number): Promise<JWTPayload> {
  try {
    return (await jwtVerify(proof, EmbeddedJWK, { algorithms: [...algorithms], currentDate: new Date(now) })).payload
  } catch {
    throw invalidProof('its signature does not fit its key, or its claims are malformed')
  }
}

/**
 * A URL without query and fragment, in one spelling; `undefined` for another text.
 * @see {@link https://www.rfc-editor.org/rfc/rfc3986#section-6.2.2 RFC 3986 section 6.2.2}
 */
function plainUrl(text: string): string | undefined {
  if (!URL.canParse(text)) return undefined
  const { protocol, origin, pathname } = new URL(text)
  return protocol === 'https:' || protocol === 'http:' ? origin + pathname : undefined
}
