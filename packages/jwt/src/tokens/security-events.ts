import { checkOptions, isFunction, isNumberFrom, isText } from '@device-auth/core'
import { createRemoteJWKSet, customFetch, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose'
import { createJoin } from '../keys/join.ts'
import { algorithms } from '../keys/signing-key.ts'
import { jwtOwner } from '../owners.ts'
import { boundedFetch } from './bounded-fetch.ts'
import { isHttpsUrl } from './is-https-url.ts'
import { isTokenFault } from './token-fault.ts'

/** The options of {@link securityEventVerifier}. */
export interface SecurityEventVerifierOptions {
  /** The transmitter: a token has to have it in `iss`. */
  readonly issuer: string
  /** This receiver: a token has to have it in `aud`. */
  readonly audience: string
  /** The https URL of the transmitter's keys, as its configuration names it. */
  readonly jwksUri: string
  /**
   * The seconds after which a token is too old. A captured token, sent again, would sign out devices that were signed in since.
   * @default 86400
   */
  readonly maxAge?: number
  /** The seconds by which the clocks may differ. @default 5 */
  readonly clockTolerance?: number
  /** The clock in epoch milliseconds, for tests. @default Date.now */
  readonly clock?: () => number
  /** The function that fetches the keys. @default the `fetch` of the platform */
  readonly fetch?: typeof fetch
}

const owner = jwtOwner('securityEventVerifier')
const checks = {
  issuer: isText,
  audience: isText,
  jwksUri: isHttpsUrl,
  maxAge: isNumberFrom(1, 30 * 24 * 3600, 'seconds'),
  clockTolerance: isNumberFrom(0, 300, 'seconds'),
  clock: isFunction,
  fetch: isFunction,
}

/**
 * Makes a function that verifies security event tokens, for the option `signals.verify` of the server: the signature by the
 * transmitter's keys, the type `secevent+jwt`, issuer, audience and age.
 *
 * @returns A function that returns the claims, or `undefined` for a token that is not valid. It rejects if the keys cannot be
 *   fetched, so that the transmitter sends the token again.
 * @throws {OptionError} for a wrong option.
 * @see {@link https://www.rfc-editor.org/rfc/rfc8417#section-2 RFC 8417 section 2}
 * @example
 * ```ts
 * const verify = securityEventVerifier({
 *   issuer: 'https://idp.example.com',
 *   audience: 'https://example.com/oauth',
 *   jwksUri: 'https://idp.example.com/jwks',
 * })
 * ```
 */
export function securityEventVerifier(
  options: SecurityEventVerifierOptions,
): (token: string) => Promise<JWTPayload | undefined> {
  const given = checkOptions(owner, options, checks, ['issuer', 'audience', 'jwksUri'])
  const { issuer, audience, maxAge = 86_400, clockTolerance = 5, clock = Date.now } = given
  const keys = keysOf(new URL(given.jwksUri), given.fetch ?? fetch)
  return async (token) => {
    const verifying = {
      issuer,
      audience,
      typ: 'secevent+jwt',
      algorithms: [...algorithms],
      clockTolerance,
      maxTokenAge: maxAge,
      currentDate: new Date(clock()),
      requiredClaims: ['iss', 'aud', 'iat', 'jti', 'events'],
    }
    try {
      return (await jwtVerify(token, keys, verifying)).payload
    } catch (error) {
      if (isTokenFault(error)) return undefined
      throw error
    }
  }
}

/** The keys at an address. Strangers may send tokens too: while it is silent, they hold a few requests, and not all that the server may have. */
function keysOf(address: URL, fetchFunction: typeof fetch): JWTVerifyGetKey {
  const remote = createRemoteJWKSet(address, { cacheMaxAge: 300_000, [customFetch]: boundedFetch(fetchFunction) })
  const join = createJoin()
  return async (header, token) => {
    if (!remote.reloading) return remote(header, token)
    const found = join(() => remote(header, token))
    if (found === undefined) throw new Error('@device-auth/jwt: too many security event tokens wait for the keys.')
    return found
  }
}
