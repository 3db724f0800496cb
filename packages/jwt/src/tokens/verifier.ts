import { createHash, randomBytes } from 'node:crypto'
import {
  type Check,
  checkOptions,
  type DeviceStore,
  type HolderChecks,
  isFunction,
  isNumberFrom,
  isObject,
  isPresentedByHolder,
  isText,
  type KeyBinding,
  MemoryStore,
  type PresentedToken,
  type TokenAuthority,
  type TokenClaims,
} from '@device-auth/core'
import { type JWTPayload, type JWTVerifyGetKey, type JWTVerifyOptions, jwtVerify } from 'jose'
import { algorithms } from '../keys/signing-key.ts'
import { jwtOwner } from '../owners.ts'
import { grantIdOf } from './access-tokens.ts'
import { confirmationOf } from './confirmation.ts'
import { issuerKeys } from './issuer-keys.ts'
import { isTokenFault } from './token-fault.ts'

/** The options of {@link jwtVerifier}. */
export interface JwtVerifierOptions {
  /** The server that issues the tokens. Its metadata names the address of its keys. */
  readonly issuer: string
  /** This resource server: a token has to have it in `aud`. */
  readonly audience: string
  /** The seconds by which the clocks of both servers may differ. @default 5 */
  readonly clockTolerance?: number
  /** The clock in epoch milliseconds, for tests. @default Date.now */
  readonly clock?: () => number
  /**
   * The ways in which clients prove the key of a bound token: `dpop()`, `certificateBinding({ certificate })`, or a list of both.
   * @default none: tokens that are bound to a key are refused
   */
  readonly keyBinding?: KeyBinding | readonly KeyBinding[]
  /** The public address of this resource server, to which DPoP proofs are bound. @default the audience if it is a URL */
  readonly baseUrl?: string
  /**
   * The secret of nonces, for `dpop({ nonces: true })`: at least 32 characters, the same in all processes of this resource server.
   * @default random
   */
  readonly secret?: string
  /** The store that keeps used proofs, for several processes. @default the memory of this process */
  readonly store?: Pick<DeviceStore, 'takeAttempts'>
  /** The function that fetches metadata and keys. @default the `fetch` of the platform */
  readonly fetch?: typeof fetch
}

/** The claims of a verified JWT. `scope` is `''` for a token without scopes; the `time` of the log-in is 0 if the token has `acr` alone. */
export interface JwtClaims extends TokenClaims {
  /** All claims, as they are in the token. */
  readonly payload: Readonly<Record<string, unknown>>
}

const owner = jwtOwner('jwtVerifier')
const isHttpUrl: Check = (value) =>
  typeof value === 'string' && /^https?:\/\//.test(value) && URL.canParse(value)
    ? undefined
    : 'the https URL of a server'
const isKeyBinding: Check = (value) =>
  [value].flat().every((one) => typeof Object(one).read === 'function')
    ? undefined
    : 'dpop() or certificateBinding({ certificate }), or a list of both'
const isLongText: Check = (value) =>
  typeof value === 'string' && value.length >= 32 ? undefined : 'a random text of at least 32 characters'
const checks = {
  issuer: isHttpUrl,
  audience: isText,
  clockTolerance: isNumberFrom(0, 300, 'seconds'),
  clock: isFunction,
  fetch: isFunction,
  keyBinding: isKeyBinding,
  baseUrl: isHttpUrl,
  secret: isLongText,
  store: isObject,
}

/**
 * Verifies JWT access tokens in a resource server that knows the issuer only: `requireToken(jwtVerifier({ issuer, audience }))`
 * of the adapters, or `checkToken`. It does not ask the server about each token, so a revoked token is accepted until it expires.
 * It keeps the keys for 5 minutes, and fetches them earlier for a token with an unknown `kid`, at most every 30 seconds. While the
 * server does not answer, it uses the last keys for up to an hour.
 *
 * @throws {OptionError} for a wrong option.
 * @see {@link https://www.rfc-editor.org/rfc/rfc9068#section-4 RFC 9068 section 4}
 * @example
 * ```ts
 * const authority = jwtVerifier({ issuer: 'https://example.com/oauth', audience: 'https://api.example.com' })
 * ```
 */
export function jwtVerifier(options: JwtVerifierOptions): TokenAuthority<JwtClaims> {
  const given = checkOptions(owner, options, checks, ['issuer', 'audience'])
  const { issuer, audience, clockTolerance = 5, clock = Date.now, fetch: fetchFunction = fetch } = given
  const keys = issuerKeys(issuer, fetchFunction, clock)
  const holder = createHolderChecks(given, clock)
  const dpopAlgorithms = holder().keyBinding.find(({ method }) => method === 'jkt')?.algorithms
  return {
    issuer,
    ...baseUrlOf(given),
    ...(dpopAlgorithms === undefined ? {} : { dpopAlgorithms }),
    clock,
    async authenticate(accessToken, presented) {
      const verifying = {
        issuer,
        audience,
        typ: 'at+jwt',
        algorithms: [...algorithms],
        clockTolerance,
        currentDate: new Date(clock()),
        requiredClaims: ['iss', 'exp', 'aud', 'sub', 'client_id', 'iat', 'jti'],
      }
      const payload = await verifiedPayload(accessToken, keys, verifying)
      const claims = payload && toClaims(payload)
      if (payload === undefined || claims === undefined) return undefined
      return (await isHeld(accessToken, payload, presented, holder())) ? claims : undefined
    },
  }
}

/** The payload of a token that is valid, else `undefined`. */
async function verifiedPayload(
  accessToken: string,
  keys: JWTVerifyGetKey,
  verifying: JWTVerifyOptions,
): Promise<JWTPayload | undefined> {
  try {
    return (await jwtVerify(accessToken, keys, verifying)).payload
  } catch (error) {
    if (isTokenFault(error)) return undefined
    throw error
  }
}

/** True if the token came with a proof of its key, or is bound to none. */
async function isHeld(
  accessToken: string,
  payload: JWTPayload,
  presented: PresentedToken | undefined,
  checks: HolderChecks,
): Promise<boolean> {
  const bound = confirmationOf(payload)
  // bound in a way that is not known here: whoever accepts it without a proof accepts stolen ones
  if (bound === undefined && payload.cnf !== undefined) return false
  return isPresentedByHolder(accessToken, bound, presented, checks)
}

function createHolderChecks(
  { keyBinding = [], secret, store }: JwtVerifierOptions,
  clock: () => number,
): () => HolderChecks {
  const bindings = [keyBinding].flat()
  const nonceKeys = [nonceKey(secret)] as const
  const used = bindings.length === 0 ? undefined : (store ?? new MemoryStore())
  return () => ({
    keyBinding: bindings,
    server: { now: clock(), nonceKeys },
    firstUse: async (key, seconds) =>
      (await used?.takeAttempts([{ key, limit: 1, window: seconds }], clock())) === undefined,
  })
}

function nonceKey(secret: string | undefined): Buffer {
  return secret === undefined ? randomBytes(32) : createHash('sha256').update(`proof nonce ${secret}`).digest()
}

/** The audience is the address of the resource server by RFC 8707, but it may be a name. */
function baseUrlOf({ audience, baseUrl }: JwtVerifierOptions): Pick<TokenAuthority, 'baseUrl'> {
  const address = baseUrl ?? audience
  return isHttpUrl(address) === undefined ? { baseUrl: address } : {}
}

function toClaims(payload: JWTPayload): JwtClaims | undefined {
  const { sub, client_id, scope = '', aud = [], iat, exp, jti } = payload
  if (typeof sub !== 'string' || typeof client_id !== 'string' || typeof scope !== 'string') return undefined
  if (iat === undefined || exp === undefined || jti === undefined) return undefined
  const times = { issuedAt: iat * 1000, expiresAt: exp * 1000 }
  const confirmation = confirmationOf(payload)
  const bound = confirmation === undefined ? {} : { confirmation }
  return {
    subject: sub,
    clientId: client_id,
    scope,
    audience: [aud].flat(),
    ...times,
    grantId: grantIdOf(jti) ?? jti,
    ...logInOf(payload),
    ...bound,
    payload,
  }
}

/** @see {@link https://www.rfc-editor.org/rfc/rfc9068#section-2.2.1 RFC 9068 section 2.2.1} */
function logInOf({ auth_time, acr, amr }: JWTPayload): Pick<JwtClaims, 'authentication'> {
  const hasTime = typeof auth_time === 'number'
  if (!hasTime && typeof acr !== 'string') return {}
  const methods = Array.isArray(amr) && amr.every((one): one is string => typeof one === 'string') ? { amr } : {}
  // a log-in at an unknown time is too old for every limit
  const time = hasTime ? auth_time * 1000 : 0
  return { authentication: { time, ...(typeof acr === 'string' ? { acr } : {}), ...methods } }
}
