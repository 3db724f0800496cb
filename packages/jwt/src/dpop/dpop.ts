import {
  type Check,
  checkOptions,
  isBoolean,
  isWholeFrom,
  type KeyBinding,
  type KeyProof,
  OAuthError,
  type ProofServer,
} from '@device-auth/core'
import { jwtOwner } from '../owners.ts'
import { currentNonce, isNonce, NONCE_LIFETIME } from './nonce.ts'
import { invalidProof, readProof, type VerifiedProof, verifyProof } from './proof.ts'

const supported = ['ES256', 'EdDSA', 'Ed25519', 'RS256', 'PS256', 'ES384', 'ES512'] as const

/** An algorithm of DPoP proofs, by its name in JWTs. */
export type DpopAlgorithm = (typeof supported)[number]

/** The options of {@link dpop}. */
export interface DpopOptions {
  /**
   * The algorithms that proofs may have.
   * @default ['ES256', 'EdDSA', 'Ed25519', 'RS256', 'PS256']
   */
  readonly algorithms?: readonly DpopAlgorithm[]
  /**
   * The seconds by which the `iat` of a proof may differ from the time of this server, from 1 to 300. With `nonces` it is not
   * compared: the nonce is the time, so a device whose clock is wrong can sign in too.
   * @default 60
   */
  readonly clockTolerance?: number
  /**
   * `true` to demand a nonce of this server in each proof, so that no proof can be made in advance. A client learns it from an answer
   * `use_dpop_nonce`, which is no poll and changes nothing; it gets another one every two minutes.
   * @default false
   * @see {@link https://www.rfc-editor.org/rfc/rfc9449#section-8 RFC 9449 section 8}
   */
  readonly nonces?: boolean
  /**
   * `true` to demand a proof, or the parameter `dpop_jkt`, with the device authorization requests of clients that are registered with
   * `dpop_bound_access_tokens`. RFC 9449 asks for one with their token requests only, and many clients send none earlier.
   * @default false
   */
  readonly fromFirstRequest?: boolean
}

const isAlgorithms: Check = (value) =>
  Array.isArray(value) && value.length > 0 && value.every((one) => supported.includes(one))
    ? undefined
    : `a list of some of ${supported.join(', ')}`
const checks = {
  algorithms: isAlgorithms,
  clockTolerance: isWholeFrom(1, 300, 'seconds'),
  nonces: isBoolean,
  fromFirstRequest: isBoolean,
}

/**
 * DPoP for the option `keyBinding`: a proof at the device authorization request binds the whole grant to the key of the device, a
 * proof at the token endpoint its tokens. Then a stolen code or token is worthless without the key.
 *
 * @throws {OptionError} for a wrong option.
 * @see {@link https://www.rfc-editor.org/rfc/rfc9449#section-4 RFC 9449 section 4}
 * @see {@link https://datatracker.ietf.org/doc/draft-parecki-oauth-dpop-device-flow/ draft-parecki-oauth-dpop-device-flow}
 * @example
 * ```ts
 * const keyBinding = dpop({ nonces: true })
 * ```
 */
export function dpop(options: DpopOptions = {}): KeyBinding {
  const given = checkOptions(jwtOwner('dpop'), options, checks)
  const { clockTolerance = 60, nonces = false, fromFirstRequest = false } = given
  const algorithms = Object.freeze([...(given.algorithms ?? supported.slice(0, 5))])
  return {
    method: 'jkt',
    algorithms,
    error: 'invalid_dpop_proof',
    metadata: Object.freeze({ dpop_signing_alg_values_supported: algorithms }),
    fromFirstRequest,
    async read(request, server) {
      const proof = readProof(request)
      if (proof === undefined) return undefined
      const verified = await verifyProof(proof, request, algorithms, server.now)
      return nonces ? withNonce(verified, server) : inTime(verified, clockTolerance, server)
    },
  }
}

function inTime({ thumbprint, jti, iat }: VerifiedProof, tolerance: number, { now }: ProofServer): KeyProof {
  if (Math.abs(now - iat * 1000) > tolerance * 1000)
    throw invalidProof(`iat differs by more than ${tolerance} seconds from the time of this server`)
  // it may come again from the earliest moment of its window to the last one
  return { thumbprint, once: { id: jti, seconds: 2 * tolerance + 1 } }
}

/** @see {@link https://www.rfc-editor.org/rfc/rfc9449#section-8.2 RFC 9449 section 8.2} */
function withNonce({ thumbprint, jti, nonce }: VerifiedProof, server: ProofServer): KeyProof {
  const current = currentNonce(server)
  const headers = { 'dpop-nonce': current }
  if (!isNonce(nonce, server)) throw new OAuthError('use_dpop_nonce', undefined, { headers })
  const proof = { thumbprint, once: { id: jti, seconds: NONCE_LIFETIME } }
  return nonce === current ? proof : { ...proof, headers }
}
