import { type Check, type Client, type ClientAuthentication, checkOptions } from '@device-auth/core'
import { jwtOwner } from '../owners.ts'
import { type ClientAlgorithm, clientAlgorithms, isClientAlgorithm } from './algorithms.ts'
import {
  type AssertionOptions,
  acceptAssertion,
  assertionChecks,
  mayUse,
  readAssertion,
  withDefaults,
} from './assertion.ts'
import { fittingKeys, readKeySet } from './key-set.ts'
import { isSignedBy } from './signature.ts'

/** The options of {@link privateKeyJwt}. */
export interface PrivateKeyJwtOptions extends AssertionOptions {
  /** The algorithms that clients may sign with. A client with `token_endpoint_auth_signing_alg` may use that one only. @default all */
  readonly algorithms?: readonly ClientAlgorithm[]
}

const owner = jwtOwner('privateKeyJwt')

const isAlgorithms: Check = (value) =>
  Array.isArray(value) && value.length > 0 && value.every(isClientAlgorithm)
    ? undefined
    : `a list of some of ${clientAlgorithms.join(', ')}`

/**
 * `private_key_jwt`: the client signs an assertion with its private key. The server has the public keys in the client's `jwks`. For
 * the option `clientAuthentication`. Each assertion works once, so the client makes one for each request, also for each poll.
 *
 * @throws {OptionError} for a wrong option.
 * @see {@link https://www.rfc-editor.org/rfc/rfc7523#section-2.2 RFC 7523 section 2.2}
 * @see {@link https://openid.net/specs/openid-connect-core-1_0.html#ClientAuthentication OpenID Connect Core section 9}
 * @example
 * ```ts
 * const clientAuthentication = { private_key_jwt: privateKeyJwt() }
 * ```
 */
export function privateKeyJwt(options: PrivateKeyJwtOptions = {}): ClientAuthentication {
  const given = checkOptions(owner, options, { algorithms: isAlgorithms, ...assertionChecks })
  const { algorithms = clientAlgorithms } = given
  const rules = withDefaults(given)
  return {
    signingAlgorithms: Object.freeze([...algorithms]),
    identify(request) {
      const assertion = readAssertion(request)
      return assertion !== undefined && isClientAlgorithm(assertion.alg) ? assertion.clientId : undefined
    },
    clientFault: keyFault,
    async verify(request, client, server) {
      const assertion = readAssertion(request)
      if (assertion === undefined || !isClientAlgorithm(assertion.alg)) return false
      const { alg, header, jwt } = assertion
      if (!algorithms.includes(alg) || !mayUse(client, alg)) return false
      const keys = fittingKeys(readKeySet(client.jwks) ?? [], alg, header.kid)
      if (!(await isSignedBy(jwt, keys, alg))) return false
      return acceptAssertion(assertion, request, server, rules)
    },
  }
}

function keyFault({ jwks }: Client): ReturnType<NonNullable<ClientAuthentication['clientFault']>> {
  if (readKeySet(jwks) !== undefined) return undefined
  return { field: 'jwks', text: 'no key set; expected the public keys of the client: { keys: [ … ] }, 32 at most.' }
}
