import { type Checks, checkOptions, isFunction, isObject, isOneOf } from '../runtime/options.ts'
import { sha256 } from './base64url.ts'
import { algorithms, type SigningAlgorithm, type SigningKey } from './jwt.ts'

/** An ECDSA key pair on P-256: `crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, ...)`. */
export interface DpopKeyPair {
  readonly privateKey: SigningKey
  readonly publicKey: SigningKey
}

/**
 * A key that signs elsewhere, and never leaves that place: a TPM, a smart card (PKCS#11), a secure enclave, the key store of a phone.
 *
 * @example
 * const key: DpopSigner = { publicJwk, algorithm: 'ES256', sign: (data) => tpm.sign(handle, data) }
 */
export interface DpopSigner {
  /** The public key. Private members are never sent. */
  readonly publicJwk: Readonly<Record<string, unknown>>
  readonly algorithm: SigningAlgorithm
  /**
   * Signs these bytes, hashing them as the algorithm says. Called once for each proof.
   *
   * @returns The signature as JWS has it: for ECDSA the numbers R and S one after the other, not DER.
   * @see {@link https://www.rfc-editor.org/rfc/rfc7518#section-3.4 RFC 7518 section 3.4}
   */
  sign(data: Uint8Array): Uint8Array | Promise<Uint8Array>
}

/** The key of a sign-in, to which its tokens are bound. */
export type DpopKey = DpopKeyPair | DpopSigner

/** A key that is ready to sign proofs. */
export interface ProofKey {
  /** The public key with its required members only, in the order of RFC 7638. */
  readonly jwk: Readonly<Record<string, unknown>>
  readonly algorithm: SigningAlgorithm
  readonly sign: SigningKey | DpopSigner['sign']
  /** The JWK thumbprint, by SHA-256. */
  readonly thumbprint: string
}

/** The curve and algorithm of the keys that the client makes. */
export const newKey = { name: 'ECDSA', namedCurve: 'P-256' } as const

/** Makes a key pair that cannot be exported. */
export const newKeyPair = (): Promise<DpopKeyPair> => crypto.subtle.generateKey(newKey, false, ['sign', 'verify'])

const pairChecks: Checks<DpopKeyPair> = { privateKey: isObject, publicKey: isObject }
const signerChecks: Checks<DpopSigner> = {
  publicJwk: isObject,
  algorithm: isOneOf(...Object.keys(algorithms)),
  sign: isFunction,
}

/**
 * Makes a key ready to sign proofs.
 *
 * @throws {TypeError} that names a member that is missing, misspelt or wrong.
 */
export async function proofKeyOf(name: string, key: DpopKey): Promise<ProofKey> {
  if ('sign' in key) {
    const { publicJwk, algorithm } = checkOptions(name, key, signerChecks, ['publicJwk', 'algorithm', 'sign'])
    return ready(name, publicJwk, algorithm, (data) => key.sign(data))
  }
  const { privateKey, publicKey } = checkOptions(name, key, pairChecks, ['privateKey', 'publicKey'])
  return ready(name, { ...(await crypto.subtle.exportKey('jwk', publicKey)) }, 'ES256', privateKey)
}

/** The members of a public key that make its thumbprint, in their order. */
const members: Readonly<Record<string, readonly string[]>> = {
  EC: ['crv', 'kty', 'x', 'y'],
  OKP: ['crv', 'kty', 'x'],
  RSA: ['e', 'kty', 'n'],
}

/** @see {@link https://www.rfc-editor.org/rfc/rfc7638#section-3.2 RFC 7638 section 3.2} */
async function ready(
  name: string,
  publicJwk: DpopSigner['publicJwk'],
  algorithm: SigningAlgorithm,
  sign: ProofKey['sign'],
): Promise<ProofKey> {
  const required = members[String(publicJwk.kty)] ?? []
  const jwk = Object.fromEntries(required.map((member) => [member, publicJwk[member]]))
  if (required.length === 0 || Object.values(jwk).some((value) => typeof value !== 'string'))
    throw new TypeError(`${name}: the public key is no JWK of the type EC, OKP or RSA with all its members.`)
  return { jwk, algorithm, sign, thumbprint: await sha256(JSON.stringify(jwk)) }
}
