import { type Check, type ClientAuthentication, checkOptions } from '@device-auth/core'
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
import { clientKeySets, keysFault, type RemoteKeysOptions, remoteKeysChecks } from './client-keys.ts'
import { fittingKeys, type KeySet } from './key-set.ts'
import { isSignedBy } from './signature.ts'

/** The options of {@link privateKeyJwt}. */
export interface PrivateKeyJwtOptions extends AssertionOptions, RemoteKeysOptions {
  /** The algorithms that clients may sign with. A client with `token_endpoint_auth_signing_alg` may use that one only. @default all */
  readonly algorithms?: readonly ClientAlgorithm[]
}

const owner = jwtOwner('privateKeyJwt')

const isAlgorithms: Check = (value) =>
  Array.isArray(value) && value.length > 0 && value.every(isClientAlgorithm)
    ? undefined
    : `a list of some of ${clientAlgorithms.join(', ')}`

/**
 * `private_key_jwt`: the client signs an assertion with its private key. The server has the public keys in the client's `jwks`, or
 * fetches them from its `jwks_uri`. For the option `clientAuthentication`. Each assertion works once, so the client makes one for each request, also for each poll.
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
  const given = checkOptions(owner, options, { algorithms: isAlgorithms, ...assertionChecks, ...remoteKeysChecks })
  const { algorithms = clientAlgorithms } = given
  const rules = withDefaults(given)
  const keySetOf = clientKeySets(given)
  return {
    signingAlgorithms: Object.freeze([...algorithms]),
    identify(request) {
      const assertion = readAssertion(request)
      return assertion !== undefined && isClientAlgorithm(assertion.alg) ? assertion.clientId : undefined
    },
    clientFault: keysFault,
    async verify(request, client, server) {
      const assertion = readAssertion(request)
      if (assertion === undefined || !isClientAlgorithm(assertion.alg)) return false
      const { alg, header, jwt } = assertion
      if (!algorithms.includes(alg) || !mayUse(client, alg)) return false
      const fitting = (set: KeySet) => fittingKeys(set, alg, header.kid)
      const set = await keySetOf(client, (one) => fitting(one).length > 0, server)
      if (!(await isSignedBy(jwt, fitting(set), alg))) return false
      return acceptAssertion(assertion, request, server, rules)
    },
  }
}
