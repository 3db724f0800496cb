import { type JWTPayload, SignJWT } from 'jose'
import type { PreparedKey } from './signing-key.ts'

/** The bytes of a signature by algorithm: a KMS that returns DER would make tokens that nobody can verify. */
const signatureLengths = { ES256: 64, EdDSA: 64 } as const

/**
 * Signs a JWT in the compact form.
 *
 * @param typ - The header `typ`, which keeps a token of one kind from being used as another.
 * @throws {TypeError} if the function of a key in a KMS returns no signature of JWS.
 * @see {@link https://www.rfc-editor.org/rfc/rfc7515#section-7.1 RFC 7515 section 7.1}
 * @see {@link https://www.rfc-editor.org/rfc/rfc8725#section-3.11 RFC 8725 section 3.11}
 */
export async function signJwt(payload: JWTPayload, typ: string, key: PreparedKey): Promise<string> {
  const header = { alg: key.alg, typ, kid: key.kid }
  if (typeof key.signer !== 'function') return new SignJWT(payload).setProtectedHeader(header).sign(key.signer)
  const data = `${encode(header)}.${encode(payload)}`
  const signature: unknown = await key.signer(new TextEncoder().encode(data))
  const length = key.alg === 'ES256' || key.alg === 'EdDSA' ? signatureLengths[key.alg] : undefined
  if (!(signature instanceof Uint8Array) || signature.length !== (length ?? signature.length)) {
    throw new TypeError(
      `@device-auth/jwt: the function \`sign\` of a key must return the bytes of a signature of JWS${length === undefined ? '' : `, ${length} for ${key.alg}`}, not DER (RFC 7518 section 3.4).`,
    )
  }
  return `${data}.${Buffer.from(signature).toString('base64url')}`
}

function encode(part: object): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url')
}
