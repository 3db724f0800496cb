import { fromBase64url } from '../auth/base64url.ts'
import { joinedScope } from '../endpoints/device-authorization.ts'
import type { DeviceTokenResult } from '../endpoints/token.ts'
import { type Failure, failure } from '../http/failure.ts'
import { printable } from '../http/printable.ts'
import { redacted } from '../http/redact.ts'
import { systemClock } from '../runtime/clock.ts'
import type { DeviceFlowOptions } from './options.ts'

type Granted = Extract<DeviceTokenResult, { readonly ok: true }>
type Claims = Readonly<Record<string, unknown>>

/** The values that the claims of one id_token are compared with, besides client and issuer. */
interface Expected {
  /** Compared when the id_token has one. */
  readonly nonce?: string | undefined
  /** Refuses an id_token without a nonce. */
  readonly isNonceRequired?: boolean
  /** The id_token before this one, when this one comes from a refresh. */
  readonly previous?: string | undefined
}

/** Seconds that an id_token may be expired: a device without a battery has a clock that is wrong. */
const LEEWAY = 300

/**
 * Checks the id_token of a sign-in: its claims, then its signature by `verifyIdToken`. Without `verifyIdToken` the TLS connection to the
 * token endpoint stands for the signature. A missing id_token is a warning, or with `requireIdToken` a failure.
 *
 * @param nonce - The nonce of the device authorization request.
 * @see {@link https://openid.net/specs/openid-connect-core-1_0.html#IDTokenValidation OpenID Connect Core section 3.1.3.7}
 */
export async function checkSignIn(
  options: DeviceFlowOptions,
  token: Granted,
  nonce: string | undefined,
): Promise<Granted | Failure> {
  const { idToken } = token
  const isNonceRequired = options.nonceMode === 'enabled'
  if (idToken !== undefined) return (await refusalOf(options, idToken, { nonce, isNonceRequired })) ?? token
  if (!hasOpenid(token.scope ?? joinedScope(options.scope))) return token
  const message = 'The response has no id_token.'
  if (options.requireIdToken) return refused(message)
  return redacted({ ...token, warnings: [{ code: 'id_token_missing', message }] })
}

/**
 * Checks the id_token of a refresh, if there is one: like that of a sign-in, and it must be of the same issuer and user as the one before.
 *
 * @param previous - The id_token before the refresh.
 * @see {@link https://openid.net/specs/openid-connect-core-1_0.html#RefreshTokenResponse OpenID Connect Core section 12.2}
 */
export async function checkRefresh(
  options: DeviceFlowOptions,
  token: Granted,
  previous: string | undefined,
): Promise<Granted | Failure> {
  const { idToken } = token
  return (idToken === undefined ? undefined : await refusalOf(options, idToken, { previous })) ?? token
}

async function refusalOf(
  options: DeviceFlowOptions,
  idToken: string,
  expected: Expected,
): Promise<Failure | undefined> {
  const claims = claimsOf(idToken)
  if (claims === undefined) return refused('The id_token is not a JWT.')
  const wrong = wrongClaim(options, claims, expected) ?? changedClaim(claims, claimsOf(expected.previous ?? ''))
  if (wrong !== undefined) return refused(`The claim ${wrong} of the id_token is wrong.`)
  try {
    await options.verifyIdToken?.(idToken)
    return undefined
  } catch (error) {
    return refused(error instanceof Error ? printable(error.message) : undefined)
  }
}

function refused(errorDescription: string | undefined): Failure {
  return failure('invalid_id_token', { errorDescription })
}

/** True if the scopes, separated by spaces, contain `openid`. */
export function hasOpenid(scope: string | undefined): boolean {
  return scope?.split(' ').includes('openid') === true
}

/** The first claim that is missing or not as expected. */
function wrongClaim(options: DeviceFlowOptions, claims: Claims, expected: Expected): string | undefined {
  const { clientId, issuer, profile, clock = systemClock } = options
  const { iss, aud, azp, exp, nonce } = claims
  const audiences = [aud].flat()
  if (issuer !== undefined && !profile?.tenantIssuers && !isSameIssuer(iss, issuer)) return 'iss'
  if (!audiences.includes(clientId)) return 'aud'
  if (audiences.length > 1 && azp !== undefined && azp !== clientId) return 'azp'
  if (typeof exp !== 'number' || exp + LEEWAY < clock.now() / 1000) return 'exp'
  const isNonceRight = nonce === undefined ? !expected.isNonceRequired : nonce === (expected.nonce ?? nonce)
  return isNonceRight ? undefined : 'nonce'
}

/** The first claim that a refresh must not change, but did. */
function changedClaim(claims: Claims, previous: Claims | undefined): string | undefined {
  return (
    previous &&
    ['iss', 'sub', 'azp', 'nonce', 'auth_time'].find(
      // the last two may be missing after a refresh
      (name) => claims[name] !== previous[name] && (claims[name] !== undefined || !/^(?:nonce|auth_time)$/.test(name)),
    )
  )
}

/** Compares without the slash at the end, which people often leave out of an issuer that they configure. */
function isSameIssuer(iss: unknown, issuer: string): boolean {
  return typeof iss === 'string' && iss.replace(/\/$/, '') === issuer.replace(/\/$/, '')
}

function claimsOf(jwt: string): Claims | undefined {
  try {
    const claims: unknown = JSON.parse(fromBase64url(jwt.split('.')[1] ?? ''))
    return typeof claims === 'object' && claims !== null ? { ...claims } : undefined
  } catch {
    return undefined
  }
}
