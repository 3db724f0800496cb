import { fromBase64url } from '../auth/base64url.ts'
import { joinedScope } from '../endpoints/device-authorization.ts'
import type { Token } from '../endpoints/token.ts'
import { type Failure, failure } from '../http/failure.ts'
import { printable } from '../http/printable.ts'
import { systemClock } from '../runtime/clock.ts'
import type { DeviceFlowOptions } from './options.ts'

/** The values that the claims of an id_token are compared with. */
interface Expected {
  readonly clientId: string
  /** Not compared when it is unknown. */
  readonly issuer?: string | undefined
  /** Compared when the id_token has one. */
  readonly nonce?: string | undefined
  /** Refuses an id_token without a nonce. */
  readonly isNonceRequired: boolean
  /** Epoch milliseconds. */
  readonly now: number
}

/** Seconds that an id_token may be expired: a device without a battery has a clock that is wrong. */
const LEEWAY = 300

/**
 * Checks the id_token of a sign-in: that there is one when `openid` was granted, then its claims, then its signature by `verifyIdToken`.
 * Without `verifyIdToken` the TLS connection to the token endpoint stands for the signature.
 *
 * @param nonce - The nonce of the device authorization request.
 * @returns The failure, or `undefined` when the id_token is accepted.
 * @see {@link https://openid.net/specs/openid-connect-core-1_0.html#IDTokenValidation OpenID Connect Core section 3.1.3.7}
 */
export async function checkIdToken(
  options: DeviceFlowOptions,
  token: Token,
  nonce: string | undefined,
): Promise<Failure | undefined> {
  const { scope, clientId, nonceMode, profile, issuer, verifyIdToken, clock = systemClock } = options
  const { idToken } = token
  if (idToken === undefined) {
    return hasOpenid(token.scope ?? joinedScope(scope)) ? refused('The response has no id_token.') : undefined
  }
  const problem = problemOf(idToken, {
    clientId,
    issuer: profile?.tenantIssuers === true ? undefined : issuer,
    nonce,
    isNonceRequired: nonceMode === 'enabled',
    now: clock.now(),
  })
  if (problem !== undefined) return refused(`The id_token is refused: ${problem}.`)
  try {
    await verifyIdToken?.(idToken)
    return undefined
  } catch (error) {
    return refused(`The id_token is refused: ${printable(error instanceof Error ? error.message : '')}`)
  }
}

function refused(errorDescription: string): Failure {
  return failure('invalid_id_token', { errorDescription })
}

/** True if the scopes, separated by spaces, contain `openid`. */
export function hasOpenid(scope: string | undefined): boolean {
  return scope?.split(' ').includes('openid') === true
}

function problemOf(idToken: string, expected: Expected): string | undefined {
  const claims = claimsOf(idToken)
  if (claims === undefined) return 'it is not a JWT'
  const { iss, aud, azp, exp, nonce } = claims
  const audiences = [aud].flat()
  if (expected.issuer !== undefined && !isSameIssuer(iss, expected.issuer)) return 'its issuer is another'
  if (!audiences.includes(expected.clientId)) return 'its audience is another client'
  if (audiences.length > 1 && azp !== undefined && azp !== expected.clientId)
    return 'its authorized party is another client'
  if (typeof exp !== 'number' || exp + LEEWAY < expected.now / 1000) return 'it has expired'
  if (nonce === undefined) return expected.isNonceRequired ? 'it has no nonce' : undefined
  return expected.nonce !== undefined && nonce !== expected.nonce ? 'its nonce is another' : undefined
}

/** Compares without the slash at the end, which people often leave out of an issuer that they configure. */
function isSameIssuer(iss: unknown, issuer: string): boolean {
  return typeof iss === 'string' && iss.replace(/\/$/, '') === issuer.replace(/\/$/, '')
}

function claimsOf(jwt: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const claims: unknown = JSON.parse(fromBase64url(jwt.split('.')[1] ?? ''))
    return typeof claims === 'object' && claims !== null ? { ...claims } : undefined
  } catch {
    return undefined
  }
}
