import { createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto'
import { isCheapExponent } from '../keys/exponent.ts'
import { type ClientAlgorithm, fitsAlgorithm } from './algorithms.ts'

/** The most keys of a set. Without a `kid` each of them may have to be tried. */
export const MAX_KEYS = 32

/** A JSON Web Key Set, with keys that are not checked yet. */
export type KeySet = readonly Readonly<Record<string, unknown>>[]

/**
 * Reads a JSON Web Key Set.
 *
 * @returns `undefined` for another value, and for a set of more than {@link MAX_KEYS} keys.
 * @see {@link https://www.rfc-editor.org/rfc/rfc7517#section-5 RFC 7517 section 5}
 */
export function readKeySet(value: unknown): KeySet | undefined {
  const { keys } = Object(value)
  if (!Array.isArray(keys) || keys.length > MAX_KEYS) return undefined
  return keys.every((key) => typeof key === 'object' && key !== null && !Array.isArray(key)) ? keys : undefined
}

/** The members of a key that count here. */
const used = ['kty', 'crv', 'x', 'y', 'n', 'e', 'kid', 'use', 'alg', 'key_ops']

/**
 * The set with the members that count, to be remembered: 64 KiB of small objects in the others take more than a megabyte. A member of
 * a wrong type stays one.
 */
export function withoutUnused(set: KeySet): KeySet {
  return set.map((key) =>
    Object.fromEntries(used.flatMap((name) => (key[name] === undefined ? [] : [[name, flatValue(key[name])]]))),
  )
}

function flatValue(value: unknown): unknown {
  // of `key_ops` there are eight
  if (Array.isArray(value)) return value.slice(0, 16).filter((one) => typeof one === 'string')
  return typeof value === 'object' ? null : value
}

/**
 * Finds the keys of a set that can have made a signature: those with the `kid` of its header; without one, all of its algorithm.
 */
export function fittingKeys(set: KeySet, alg: ClientAlgorithm, kid: unknown): readonly KeyObject[] {
  return set
    .filter((key) => (kid === undefined || key.kid === kid) && isForSignatures(key, alg) && fitsAlgorithm(key, alg))
    .flatMap((key) => publicKeyOf(key) ?? [])
}

function isForSignatures({ use, key_ops: operations, alg: only }: KeySet[number], alg: ClientAlgorithm): boolean {
  if (use !== undefined && use !== 'sig') return false
  if (operations !== undefined && !(Array.isArray(operations) && operations.includes('verify'))) return false
  return only === undefined || only === alg || [only, alg].every((name) => name === 'EdDSA' || name === 'Ed25519')
}

const prepared = new WeakMap<object, { readonly key: KeyObject | undefined }>()

/** The public key of a JWK, made once for each object; `undefined` for one that Node cannot read, or that is too weak. */
export function publicKeyOf(jwk: KeySet[number]): KeyObject | undefined {
  const known = prepared.get(jwk) ?? { key: importKey(jwk) }
  prepared.set(jwk, known)
  return known.key
}

/** Bits of an RSA modulus. A shorter one is weak; a longer one only costs the server time. */
const rsaBits = { least: 2048, most: 8192 }

function importKey({ kty, crv, x, y, n, e }: KeySet[number]): KeyObject | undefined {
  // the private members of a key that was given by mistake are left out
  const jwk = { kty, crv, x, y, n, e } as JsonWebKey
  if (!isCheapExponent(e)) return undefined
  try {
    const key = createPublicKey({ key: jwk, format: 'jwk' })
    const bits = key.asymmetricKeyDetails?.modulusLength ?? rsaBits.least
    return bits >= rsaBits.least && bits <= rsaBits.most ? key : undefined
  } catch {
    return undefined
  }
}
