import { type AuthenticatingServer, type Client, isBoolean, isNumberFrom, type ParsedRequest } from '@device-auth/core'
import { hasType, type JwtParts, readJwt } from './jwt-parts.ts'

const assertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'

/** The most seconds for which an assertion may be valid: a stolen one, and the memory of its `jti`, end then. */
const LONGEST_LIFETIME = 3600

/** An assertion by which a client authenticates, as it was sent. */
export interface Assertion extends JwtParts {
  readonly jwt: string
  /** The claim `sub`: the client. */
  readonly clientId: string
  /** The header `alg`. */
  readonly alg: string
}

/** The options of all methods by assertion. */
export interface AssertionOptions {
  /**
   * `true` to accept the URL of the token endpoint, and of the endpoint that is asked, as the audience, for older clients. An
   * attacker's server that names our endpoint as its own can then get assertions that work here.
   * @default false: only the issuer
   */
  readonly endpointAudience?: boolean
  /** The seconds by which the clocks of client and server may differ. @default 30 */
  readonly clockTolerance?: number
}

/** The checks of {@link AssertionOptions}. */
export const assertionChecks = { endpointAudience: isBoolean, clockTolerance: isNumberFrom(0, 60, 'seconds') }

/** The options with their defaults. */
export function withDefaults({ endpointAudience = false, clockTolerance = 30 }: AssertionOptions): AssertionRules {
  return { endpointAudience, clockTolerance }
}

type AssertionRules = Required<AssertionOptions>

/**
 * Reads the assertion of a request. Nothing of it is verified yet.
 *
 * @returns `undefined` for a request without one, or with something else in its place.
 * @see {@link https://www.rfc-editor.org/rfc/rfc7523#section-2.2 RFC 7523 section 2.2}
 */
export function readAssertion({ parameters }: ParsedRequest): Assertion | undefined {
  const jwt = parameters.get('client_assertion')
  if (jwt === undefined || parameters.get('client_assertion_type') !== assertionType) return undefined
  const parts = readJwt(jwt)
  const clientId = parts?.payload.sub
  const alg = parts?.header.alg
  if (parts === undefined || typeof clientId !== 'string' || typeof alg !== 'string') return undefined
  return { ...parts, jwt, clientId, alg }
}

/** True if the client may sign with the algorithm of its assertion. */
export function mayUse({ token_endpoint_auth_signing_alg: only }: Client, alg: string): boolean {
  return only === undefined || only === alg
}

/**
 * Checks the claims of an assertion whose signature is right, and takes its `jti`, so that it works once.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc7523#section-3 RFC 7523 section 3}
 */
export async function acceptAssertion(
  assertion: Assertion,
  { path }: ParsedRequest,
  server: AuthenticatingServer,
  rules: AssertionRules,
): Promise<boolean> {
  const { payload, clientId } = assertion
  const { iss, aud, jti } = payload
  const now = server.now() / 1000
  const remaining = remainingTime(payload, now, rules.clockTolerance)
  const endpoints = rules.endpointAudience ? [server.tokenEndpoint, server.issuer.replace(/\/$/, '') + path] : []
  const fits =
    iss === clientId &&
    hasAssertionType(assertion) &&
    isAudience(aud, server.issuer, endpoints) &&
    typeof jti === 'string' &&
    jti !== '' &&
    remaining !== undefined
  return fits && (await server.takeOnce(`assertion ${JSON.stringify([clientId, jti])}`, remaining))
}

/** The types of assertions. Most libraries send none; a JWT of another kind that the client signed is no assertion. */
const types = ['jwt', 'client-authentication+jwt']

function hasAssertionType(assertion: Assertion): boolean {
  return assertion.header.typ === undefined || hasType(assertion, types)
}

/**
 * True if `aud` is the issuer, as one string. With other audiences beside it, another server could use the assertion here.
 */
function isAudience(aud: unknown, issuer: string, endpoints: readonly string[]): boolean {
  if (aud === issuer) return true
  if (endpoints.length === 0) return false
  const ours = [issuer, ...endpoints]
  const named = [aud].flat()
  return named.length > 0 && named.every((one) => typeof one === 'string' && ours.includes(one))
}

/**
 * The seconds for which an assertion is still accepted; `undefined` if it has expired, is of the future, or is valid for too long.
 *
 * @param now - Seconds since the epoch.
 */
function remainingTime(
  { exp, nbf, iat }: JwtParts['payload'],
  now: number,
  clockTolerance: number,
): number | undefined {
  if (![nbf, iat].every((time) => time === undefined || (isTime(time) && time <= now + clockTolerance)))
    return undefined
  if (!isTime(exp) || exp > now + LONGEST_LIFETIME + clockTolerance) return undefined
  const remaining = exp + clockTolerance - now
  return remaining > 0 ? remaining : undefined
}

/** True for a time in seconds since the epoch. */
function isTime(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0
}
