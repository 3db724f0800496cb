import { createHash } from 'node:crypto'
import { compactVerify, createLocalJWKSet, decodeJwt, decodeProtectedHeader, errors, type JWK } from 'jose'
import type { ConformanceContext } from './case.ts'
import { prepare } from './device.ts'
import { check, expectStatus } from './expect.ts'
import { isObject, parseObject } from './json.ts'
import { skip } from './target.ts'

type Members = Readonly<Record<string, unknown>>

/** The header and the claims of a JWT. Its signature is not checked yet. */
export interface ReadJwt {
  readonly header: Members
  readonly claims: Members
}

/** Reads a signed JWT in its compact form. `undefined` if the text is none. */
export function readJwt(text: string): ReadJwt | undefined {
  try {
    return { header: { ...decodeProtectedHeader(text) }, claims: decodeJwt(text) }
  } catch {
    return undefined
  }
}

/** True for a key as RFC 7517 has it: `kty` is the one member that each has. */
const isKey = (value: unknown): value is JWK => isObject(value) && typeof value.kty === 'string'

/** The public keys at the `jwks_uri` of the metadata. Skips the case if there are none. */
export function fetchKeys(t: ConformanceContext): Promise<readonly JWK[]> {
  return prepare('public keys', async () => {
    const response = await t.send({ method: 'GET', url: String(t.metadata?.jwks_uri) })
    expectStatus(response, 200)
    // the media type of a key set is application/jwk-set+json
    const keys = parseObject(response.text)?.keys
    check(Array.isArray(keys), 'keys, a list', response)
    return keys.filter(isKey)
  })
}

/** True if one of these keys verifies the signature. Each of several keys that fit is tried. */
async function isSignedBy(jwt: string, keys: readonly JWK[]): Promise<boolean> {
  try {
    await compactVerify(jwt, createLocalJWKSet({ keys: [...keys] }))
    return true
  } catch (error) {
    if (!(error instanceof errors.JWKSMultipleMatchingKeys)) throw error
    for await (const key of error) {
      const isSigned = await compactVerify(jwt, key).then(
        () => true,
        () => false,
      )
      if (isSigned) return true
    }
    return false
  }
}

/**
 * Fails unless a key at the `jwks_uri` of the metadata verifies the signature: the key of its `kid`, or any that fits if it has none.
 * Skips the case for an algorithm that jose does not know. Those that protect nothing have a case of their own.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc7515#section-5.2 RFC 7515 section 5.2}
 */
export async function expectSigned(t: ConformanceContext, jwt: string, { header }: ReadJwt): Promise<void> {
  const keys = await fetchKeys(t)
  if (header.alg === 'EdDSA' && keys.some(({ crv }) => crv === 'Ed448'))
    throw skip('needs a signature by Ed25519, not by Ed448')
  const isSigned = await isSignedBy(jwt, keys).catch((error: unknown) => {
    if (error instanceof errors.JOSENotSupported)
      throw skip(`needs a signature of another alg than ${String(header.alg)}`)
    if (error instanceof errors.JWKSNoMatchingKey)
      check(false, `a key for ${String(header.alg)} with the kid of the header at jwks_uri`)
    return false
  })
  check(isSigned, 'a signature that a key at jwks_uri verifies')
}

/** Fails for a header whose `alg` is none, or one that uses a secret: everybody who can verify such a token can make one. */
export function expectAsymmetric({ header: { alg } }: ReadJwt): void {
  check(typeof alg === 'string' && !/^(?:none|HS\d+)$/i.test(alg), `an alg of a key pair, not ${String(alg)}`)
}

/**
 * The claim `at_hash` for an access token: the left half of its hash by the algorithm of the signature.
 *
 * @see {@link https://openid.net/specs/openid-connect-core-1_0.html#CodeIDToken OpenID Connect Core section 3.1.3.6}
 */
export function accessTokenHash(accessToken: string, { header }: ReadJwt): string {
  const alg = String(header.alg)
  // Ed25519 has SHA-512 in it
  const bits = /^(?:EdDSA|Ed25519)$/.test(alg) ? '512' : /^[A-Z]S(256|384|512)$/.exec(alg)?.[1]
  if (bits === undefined) throw skip(`needs a signature by an alg with a known hash, not ${alg}`)
  const hash = createHash(`sha${bits}`).update(accessToken, 'ascii').digest()
  return hash.toString('base64url', 0, hash.length / 2)
}

/** The audiences of a claim `aud`, which may be a text or a list. */
export function audiencesOf(aud: unknown): readonly unknown[] {
  return aud === undefined ? [] : [aud].flat()
}
