import { type Client, type ClientAuthentication, type ClientFault, checkOptions } from '@device-auth/core'
import { jwtOwner } from '../owners.ts'
import {
  type AssertionOptions,
  acceptAssertion,
  assertionChecks,
  mayUse,
  readAssertion,
  withDefaults,
} from './assertion.ts'
import { isSignedBy } from './signature.ts'

/**
 * The least bytes of a secret by algorithm: a shorter one than the hash could be found by trying.
 * @see {@link https://www.rfc-editor.org/rfc/rfc7518#section-3.2 RFC 7518 section 3.2}
 */
const secretBytes = new Map([
  ['HS256', 32],
  ['HS384', 48],
  ['HS512', 64],
])

const owner = jwtOwner('clientSecretJwt')

/**
 * `client_secret_jwt`: the client signs an assertion with its secret, which does not cross the network. The server needs the secret
 * in clear, `client_secret`; a hash is not enough. With a key pair, `privateKeyJwt`, it needs no secret at all.
 *
 * @throws {OptionError} for a wrong option.
 * @see {@link https://openid.net/specs/openid-connect-core-1_0.html#ClientAuthentication OpenID Connect Core section 9}
 * @example
 * ```ts
 * const clientAuthentication = { client_secret_jwt: clientSecretJwt() }
 * ```
 */
export function clientSecretJwt(options: AssertionOptions = {}): ClientAuthentication {
  const rules = withDefaults(checkOptions(owner, options, assertionChecks))
  return {
    signingAlgorithms: Object.freeze([...secretBytes.keys()]),
    identify(request) {
      const assertion = readAssertion(request)
      return assertion !== undefined && secretBytes.has(assertion.alg) ? assertion.clientId : undefined
    },
    clientFault: secretFault,
    async verify(request, client, server) {
      const assertion = readAssertion(request)
      if (assertion === undefined || !mayUse(client, assertion.alg)) return false
      const secret = secretFor(client, assertion.alg)
      if (secret === undefined || !(await isSignedBy(assertion.jwt, [secret], assertion.alg))) return false
      return acceptAssertion(assertion, request, server, rules)
    },
  }
}

/** The secret as bytes; `undefined` if it is too short for the algorithm, or the algorithm is none of HMAC. */
function secretFor({ client_secret: text }: Client, alg: string): Uint8Array | undefined {
  const least = secretBytes.get(alg)
  if (least === undefined || typeof text !== 'string') return undefined
  const secret = new TextEncoder().encode(text)
  return secret.length < least ? undefined : secret
}

function secretFault(client: Client): ClientFault | undefined {
  const { token_endpoint_auth_signing_alg: alg = 'HS256' } = client
  const least = secretBytes.get(alg)
  if (least === undefined) {
    const text = `no algorithm of client_secret_jwt; expected ${[...secretBytes.keys()].join(' or ')}.`
    return { field: 'token_endpoint_auth_signing_alg', text }
  }
  if (secretFor(client, alg) !== undefined) return undefined
  return { field: 'client_secret', text: `too short or missing; client_secret_jwt needs ${least} bytes for ${alg}.` }
}
