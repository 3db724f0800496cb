import { createLocalJWKSet, createRemoteJWKSet, customFetch, errors, jwtVerify } from 'jose'
import { discover } from './endpoints/metadata.ts'
import { exchange, isSecureAddress } from './http/exchange.ts'
import type { Failure } from './http/failure.ts'
import { failureOf } from './http/oauth-response.ts'
import { requestChecks } from './http/option-checks.ts'
import type { RequestOptions } from './http/post.ts'
import { systemClock, waitUntil } from './runtime/clock.ts'
import { type Checks, checkOptions, isText, knownOptions } from './runtime/options.ts'

/** The issuer and the client whose id_tokens are accepted. */
export interface IdTokenVerifierOptions extends RequestOptions {
  /** The issuer URL. */
  readonly issuer: string
  readonly clientId: string
  /** The URL of the issuer's keys; default: the `jwks_uri` in the metadata of the issuer. */
  readonly jwksUri?: string | undefined
}

const checks: Checks<IdTokenVerifierOptions> = { ...requestChecks, issuer: isText, clientId: isText, jwksUri: isText }

const algorithms = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519']

/** The most attempts to fetch the keys, with 1, 2 and 4 seconds between them. The tokens wait, and may have the only valid refresh token. */
const ATTEMPTS = 4

/**
 * Makes a function that verifies the signature of id_tokens with the keys of their issuer, for the option `verifyIdToken` of a flow. Needs
 * the package `jose`. If the keys cannot be fetched for now, it uses the ones before, or tries again for some seconds.
 *
 * @throws {TypeError} that names an option that is missing, misspelt or wrong.
 * @returns A function that rejects an id_token that the issuer did not sign, or that is for another client.
 * @example
 * const verifyIdToken = idTokenVerifier({ issuer: 'https://as.example.com', clientId: 'tv' })
 * const flow = new DeviceFlow({ issuer: 'https://as.example.com', clientId: 'tv', scope: 'openid', verifyIdToken })
 * @see {@link https://openid.net/specs/openid-connect-core-1_0.html#IDTokenValidation OpenID Connect Core section 3.1.3.7}
 */
export function idTokenVerifier(options: IdTokenVerifierOptions): (idToken: string) => Promise<void> {
  const given = checkOptions('idTokenVerifier', options, checks, ['issuer', 'clientId'])
  const { issuer, clientId: audience, clock = systemClock, signal } = given
  const fetchKeys = (url: string, init: RequestInit): Promise<Response> => keysAt(url, init, given)
  const expected = { issuer, audience, algorithms, clockTolerance: 300 }
  let keys: ReturnType<typeof createRemoteJWKSet> | undefined
  const verify = async (idToken: string): Promise<void> => {
    keys ??= createRemoteJWKSet(await keysAddress(given), { [customFetch]: fetchKeys })
    await jwtVerify(idToken, keys, expected)
  }
  const verifyByLast = async (idToken: string, failure: unknown): Promise<void> => {
    const last = keys?.jwks()
    if (last === undefined) throw failure
    try {
      await jwtVerify(idToken, createLocalJWKSet(last), expected)
    } catch (error) {
      // a key that is not among the last ones may be a new one, which cannot be fetched for now
      throw error instanceof errors.JWKSNoMatchingKey ? failure : error
    }
  }
  return async (idToken) => {
    for (let attempt = 1; ; attempt++) {
      try {
        return await verify(idToken).catch((error) =>
          mayPass(error) ? verifyByLast(idToken, error) : Promise.reject(error),
        )
      } catch (error) {
        if (attempt >= ATTEMPTS || !mayPass(error)) throw error
        if (!(await waitUntil(clock.now() + 2 ** (attempt - 1) * 1000, clock, signal))) throw error
      }
    }
  }
}

/** True if the keys could not be fetched for now, which says nothing about the token. */
function mayPass(error: unknown): boolean {
  if (error instanceof errors.JOSEError) return /^ERR_(?:JOSE_GENERIC|JWKS_TIMEOUT|JWKS_INVALID)$/.test(error.code)
  return error instanceof Error && Object(error.cause).retryable === true
}

/** Seconds for the keys, unless the option `timeout` has others: the tokens wait. */
const KEYS_TIMEOUT = 5

/** Fetches the keys as the other requests are sent: `jose` alone reads a response of any size. */
async function keysAt(url: string, init: RequestInit, options: IdTokenVerifierOptions): Promise<Response> {
  const { timeout = KEYS_TIMEOUT } = options
  const response = await exchange(url, () => init, { ...knownOptions(requestChecks, options), timeout })
  if (response.ok && response.status === 200) return new Response(response.text)
  throw notFound(response.ok ? failureOf(response, undefined) : response)
}

function notFound(cause: Failure): Error {
  return new Error(`The keys of the issuer were not found: ${cause.message}.`, { cause })
}

async function keysAddress(options: IdTokenVerifierOptions): Promise<URL> {
  const uri = options.jwksUri ?? (await keysAddressOf(options))
  // keys that came unencrypted prove nothing
  if (!isSecureAddress(uri, options))
    throw new Error('The address of the keys is not an https URL. Give another one as the option jwksUri.')
  return new URL(uri)
}

async function keysAddressOf(options: IdTokenVerifierOptions): Promise<string> {
  const found = await discover(options.issuer, knownOptions(requestChecks, options))
  if (!found.ok) throw notFound(found)
  const { jwks_uri: uri } = found.document
  if (typeof uri !== 'string')
    throw new Error('The metadata of the issuer have no jwks_uri: give it as the option jwksUri.')
  return uri
}
