import { createHash, createPrivateKey, createPublicKey, type JsonWebKey, KeyObject } from 'node:crypto'
import { OptionError } from '@device-auth/core'
import { keysOwner } from '../owners.ts'

/** The algorithms of signatures. HMAC is left out: who can verify it could also forge tokens. */
export const algorithms = ['ES256', 'EdDSA', 'RS256', 'PS256'] as const

/** An algorithm of signatures, by its name in JWTs. */
export type Algorithm = (typeof algorithms)[number]

/**
 * A private key that signs by a function, because it never leaves a KMS or an HSM.
 */
export interface RemoteKey {
  readonly alg: Algorithm
  /** The public key. Its `kid` names the key; default: its thumbprint. */
  readonly publicKey: JsonWebKey | KeyObject
  /**
   * Signs the bytes of header and payload. Called once per token.
   *
   * @returns The signature in the form of JWS: for ES256 the 64 bytes of R and S, not the DER that most KMS return.
   * @see {@link https://www.rfc-editor.org/rfc/rfc7518#section-3.4 RFC 7518 section 3.4}
   */
  sign(data: Uint8Array): PromiseLike<Uint8Array> | Uint8Array
}

/** A private key with its algorithm or id, where the key itself does not say them. */
export interface NamedKey {
  readonly key: KeyObject | JsonWebKey
  /** @default ES256 for P-256, EdDSA for Ed25519, RS256 for RSA */
  readonly alg?: Algorithm
  /** @default the thumbprint of the key, RFC 7638 */
  readonly kid?: string
}

/** A private key that signs tokens. */
export type SigningKey = KeyObject | JsonWebKey | NamedKey | RemoteKey

/** A key that is ready to sign. */
export interface PreparedKey {
  readonly alg: Algorithm
  readonly kid: string
  /** The public key for `/jwks`, with `kid`, `alg` and `use`. */
  readonly jwk: Readonly<Record<string, unknown>>
  readonly signer: KeyObject | RemoteKey['sign']
}

/**
 * Checks a key and finds its algorithm and id.
 *
 * @param path - The option that has the key, such as `keys.current`.
 * @param mustSign - `false` for a key that is only published.
 * @throws {OptionError} if the key cannot sign by one of {@link algorithms}. The message shows nothing of the key.
 */
export function prepareKey(given: SigningKey, path: string, mustSign: boolean): PreparedKey {
  const { key, alg: asked, kid: named, sign } = readGiven(given, path)
  const keyObject = toKeyObject(key, path)
  if (mustSign && sign === undefined && keyObject.type !== 'private')
    throw wrongKey(path, 'a public key, which cannot sign; expected a private key.')
  const publicKey = keyObject.type === 'private' ? createPublicKey(keyObject) : keyObject
  const alg = algorithmOf(publicKey, asked, path)
  const jwk = publicKey.export({ format: 'jwk' })
  const kid = named ?? thumbprint(jwk)
  return { alg, kid, jwk: Object.freeze({ ...jwk, kid, alg, use: 'sig' }), signer: sign ?? keyObject }
}

function wrongKey(path: string, text: string): OptionError {
  return new OptionError({ path, owner: keysOwner }, text)
}

interface Given {
  readonly key: unknown
  readonly alg?: unknown
  readonly kid?: string | undefined
  readonly sign?: RemoteKey['sign']
}

function readGiven(given: SigningKey, path: string): Given {
  if (given instanceof KeyObject) return { key: given }
  if (typeof given !== 'object' || given === null)
    throw wrongKey(path, 'no key; expected a JWK, a KeyObject, { key, alg, kid } or { alg, publicKey, sign }.')
  if ('sign' in given && typeof given.sign === 'function') {
    const { publicKey, alg } = given as RemoteKey
    const kid = publicKey instanceof KeyObject ? undefined : kidOf(publicKey, path)
    return { key: publicKey, alg, kid, sign: given.sign.bind(given) }
  }
  if ('key' in given && typeof given.key === 'object') {
    const { key, alg = Object(key).alg } = given as NamedKey
    return { key, alg, kid: kidOf(given, path) ?? (key instanceof KeyObject ? undefined : kidOf(key, path)) }
  }
  return { key: given, alg: Object(given).alg, kid: kidOf(given, path) }
}

function kidOf(given: object, path: string): string | undefined {
  const { kid } = Object(given)
  if (kid === undefined || (typeof kid === 'string' && kid !== '')) return kid
  throw wrongKey(`${path}.kid`, 'no text; expected a non-empty string.')
}

function toKeyObject(key: unknown, path: string): KeyObject {
  if (key instanceof KeyObject) {
    if (key.type === 'secret') throw wrongKey(path, 'a secret; expected a private key, because others verify tokens.')
    return key
  }
  try {
    const jwk: JsonWebKey = Object(key)
    return jwk.d === undefined
      ? createPublicKey({ key: jwk, format: 'jwk' })
      : createPrivateKey({ key: jwk, format: 'jwk' })
  } catch {
    throw wrongKey(path, 'no key that Node can read; expected a JWK of type EC (P-256), OKP (Ed25519) or RSA.')
  }
}

const RSA_BITS = 2048

function algorithmOf(key: KeyObject, asked: unknown, path: string): Algorithm {
  const possible = possibleAlgorithms(key)
  const [usual] = possible
  if (usual === undefined)
    throw wrongKey(path, `a key for no known algorithm; expected P-256, Ed25519, or RSA of ${RSA_BITS} bits or more.`)
  if (asked === undefined) return usual
  const alg = possible.find((one) => one === asked)
  if (alg === undefined) throw wrongKey(`${path}.alg`, `no algorithm of this key; expected ${possible.join(' or ')}.`)
  return alg
}

function possibleAlgorithms({
  asymmetricKeyType: type,
  asymmetricKeyDetails: details,
}: KeyObject): readonly Algorithm[] {
  if (type === 'ec') return details?.namedCurve === 'prime256v1' ? ['ES256'] : []
  if (type === 'ed25519') return ['EdDSA']
  return type === 'rsa' && (details?.modulusLength ?? 0) >= RSA_BITS ? ['RS256', 'PS256'] : []
}

/** @see {@link https://www.rfc-editor.org/rfc/rfc7638#section-3 RFC 7638 section 3} */
function thumbprint({ kty, crv, x, y, e, n }: JsonWebKey): string {
  // the members in the order of the alphabet; those that a key does not have are left out by JSON
  return createHash('sha256').update(JSON.stringify({ crv, e, kty, n, x, y })).digest('base64url')
}
