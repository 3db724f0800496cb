import { constants, createHash, createPublicKey, type KeyObject, verify } from 'node:crypto'
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
  const parts = text.split('.')
  if (parts.length !== 3) return undefined
  const [header, claims] = parts.map((part) => parseObject(Buffer.from(part, 'base64url').toString('utf8')))
  return header === undefined || claims === undefined ? undefined : { header, claims }
}

/** The public keys at the `jwks_uri` of the metadata. Skips the case if there are none. */
export function fetchKeys(t: ConformanceContext): Promise<readonly Members[]> {
  return prepare('public keys', async () => {
    const response = await t.send({ method: 'GET', url: String(t.metadata?.jwks_uri) })
    expectStatus(response, 200)
    // the media type of a key set is application/jwk-set+json
    const keys = parseObject(response.text)?.keys
    check(Array.isArray(keys), 'keys, a list', response)
    return keys.filter(isObject)
  })
}

interface Algorithm {
  readonly digest: string
  /** True for a key that may verify by this algorithm. */
  fits(key: Members): boolean
  readonly padding?: { readonly padding: number; readonly saltLength?: number }
}

const rsa = ({ kty }: Members): boolean => kty === 'RSA'
const pss = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST }
const curve =
  (name: string) =>
  ({ crv }: Members) =>
    crv === name
const algorithms: Readonly<Record<string, Algorithm>> = {
  ES256: { digest: 'sha256', fits: curve('P-256') },
  ES384: { digest: 'sha384', fits: curve('P-384') },
  ES512: { digest: 'sha512', fits: curve('P-521') },
  RS256: { digest: 'sha256', fits: rsa },
  RS384: { digest: 'sha384', fits: rsa },
  RS512: { digest: 'sha512', fits: rsa },
  PS256: { digest: 'sha256', fits: rsa, padding: pss },
  PS384: { digest: 'sha384', fits: rsa, padding: pss },
  PS512: { digest: 'sha512', fits: rsa, padding: pss },
  EdDSA: { digest: 'sha512', fits: curve('Ed25519') },
  Ed25519: { digest: 'sha512', fits: curve('Ed25519') },
}

/** The algorithm of a header. Skips the case for one that this kit does not know. Those that protect nothing have a case of their own. */
function algorithmOf({ alg }: Members): Algorithm {
  const found = typeof alg === 'string' && Object.hasOwn(algorithms, alg) ? algorithms[alg] : undefined
  if (found === undefined) throw skip(`needs a signature of ${Object.keys(algorithms).join(', ')}, not ${String(alg)}`)
  return found
}

function keyOf(jwk: Members): KeyObject | undefined {
  try {
    return createPublicKey({ key: jwk, format: 'jwk' })
  } catch {
    return undefined
  }
}

function isSignedBy(jwt: string, jwk: Members, { digest, padding }: Algorithm): boolean {
  const key = keyOf(jwk)
  if (key === undefined) return false
  const end = jwt.lastIndexOf('.')
  const signature = Buffer.from(jwt.slice(end + 1), 'base64url')
  const isEdwards = key.asymmetricKeyType === 'ed25519'
  const input = Buffer.from(jwt.slice(0, end))
  return verify(isEdwards ? null : digest, input, { key, dsaEncoding: 'ieee-p1363', ...padding }, signature)
}

/**
 * Fails unless a key at the `jwks_uri` of the metadata verifies the signature: the key of its `kid`, or any that fits if it has none.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc7515#section-5.2 RFC 7515 section 5.2}
 */
export async function expectSigned(t: ConformanceContext, jwt: string, { header }: ReadJwt): Promise<void> {
  const algorithm = algorithmOf(header)
  const keys = (await fetchKeys(t)).filter(({ kid }) => header.kid === undefined || kid === header.kid)
  if (header.alg === 'EdDSA' && keys.some(curve('Ed448'))) throw skip('needs a signature by Ed25519, not by Ed448')
  check(keys.some(algorithm.fits), `a key for ${String(header.alg)} with the kid of the header at jwks_uri`)
  const isSigned = keys.filter(algorithm.fits).some((key) => isSignedBy(jwt, key, algorithm))
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
  const hash = createHash(algorithmOf(header).digest).update(accessToken, 'ascii').digest()
  return hash.toString('base64url', 0, hash.length / 2)
}

/** The audiences of a claim `aud`, which may be a text or a list. */
export function audiencesOf(aud: unknown): readonly unknown[] {
  return aud === undefined ? [] : [aud].flat()
}
