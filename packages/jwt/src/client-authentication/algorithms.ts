/** The types of public keys, by the algorithm that uses them. `crv` is the curve, where the type has several. */
const keyTypes = {
  ES256: { kty: 'EC', crv: 'P-256' },
  ES384: { kty: 'EC', crv: 'P-384' },
  ES512: { kty: 'EC', crv: 'P-521' },
  EdDSA: { kty: 'OKP', crv: 'Ed25519' },
  Ed25519: { kty: 'OKP', crv: 'Ed25519' },
  PS256: { kty: 'RSA' },
  PS384: { kty: 'RSA' },
  PS512: { kty: 'RSA' },
  RS256: { kty: 'RSA' },
  RS384: { kty: 'RSA' },
  RS512: { kty: 'RSA' },
} as const satisfies Readonly<Record<string, { readonly kty: string; readonly crv?: string }>>

/**
 * An algorithm with which clients sign: all have a public key. `EdDSA` is the older name of `Ed25519`.
 * @see {@link https://www.rfc-editor.org/rfc/rfc7518#section-3.1 RFC 7518 section 3.1}
 */
export type ClientAlgorithm = keyof typeof keyTypes

/** All algorithms, by name. HMAC and `none` are not among them. */
export const clientAlgorithms = Object.keys(keyTypes) as readonly ClientAlgorithm[]

/** True for the name of an algorithm with a public key. */
export function isClientAlgorithm(name: unknown): name is ClientAlgorithm {
  return typeof name === 'string' && Object.hasOwn(keyTypes, name)
}

/** True if a key of this type and curve belongs to the algorithm. */
export function fitsAlgorithm(key: { readonly kty?: unknown; readonly crv?: unknown }, alg: ClientAlgorithm): boolean {
  const { kty, crv }: { readonly kty: string; readonly crv?: string } = keyTypes[alg]
  return key.kty === kty && (crv === undefined || key.crv === crv)
}
