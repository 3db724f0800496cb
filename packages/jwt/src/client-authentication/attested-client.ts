import {
  type AuthenticatingServer,
  type Check,
  type Client,
  type ClientAuthentication,
  checkOptions,
  isFunction,
  OAuthError,
  type ParsedRequest,
} from '@device-auth/core'
import { calculateJwkThumbprint } from 'jose'
import { jwtOwner } from '../owners.ts'
import { clientAlgorithms, fitsAlgorithm, isClientAlgorithm } from './algorithms.ts'
import { type Challenges, createChallenges } from './attestation-challenge.ts'
import { clientKeySets, keysFault, type RemoteKeysOptions, remoteKeysChecks } from './client-keys.ts'
import { hasType, type JwtParts, readJwt } from './jwt-parts.ts'
import { fittingKeys, type KeySet, publicKeyOf } from './key-set.ts'
import { isSignedBy } from './signature.ts'

/** A maker of devices, or another party that may attest what a device is. */
export interface Attester {
  /** The name that the confirm page shows to users. */
  readonly maker: string
  /** The clients that it may attest, by their ids. */
  readonly clients: readonly string[]
  /** Its public keys, as a JSON Web Key Set. */
  readonly jwks?: NonNullable<Client['jwks']>
  /** The https URL of its keys, in place of `jwks`. */
  readonly jwks_uri?: string
}

/** The options of {@link attestedClient}. */
export interface AttestedClientOptions extends RemoteKeysOptions {
  /** The parties that are trusted to attest devices. */
  readonly attesters: readonly Attester[]
  /** Reads from the claims of a verified attestation which device it is, in words for the confirm page. Default: the maker alone. */
  readonly describe?: (claims: Readonly<Record<string, unknown>>) => string | undefined
  /**
   * A secret of at least 32 characters, the same in every process. With it, each proof needs a challenge of this server, which the client
   * gets with the error `use_attestation_challenge`. Default: the time and the `jti` of a proof are enough.
   */
  readonly challengeSecret?: string
}

const owner = jwtOwner('attestedClient')

const isAttester = (value: unknown): boolean => {
  const { maker, clients, jwks, jwks_uri } = Object(value)
  const named = typeof maker === 'string' && maker !== '' && Array.isArray(clients) && clients.length > 0
  return named && keysFault({ client_id: maker, jwks, jwks_uri }) === undefined
}

const checks: Readonly<Record<keyof AttestedClientOptions, Check>> = {
  ...remoteKeysChecks,
  attesters: (value) =>
    Array.isArray(value) && value.length > 0 && value.every(isAttester)
      ? undefined
      : "a list of attesters: { maker: 'Acme', clients: ['tv'], jwks: { keys: [ … ] } }, or with jwks_uri",
  describe: isFunction,
  challengeSecret: (value) =>
    typeof value === 'string' && value.length >= 32 ? undefined : 'a string of at least 32 characters',
}

/** Seconds by which clocks may differ, and for which a proof may be older than its request. */
const CLOCK_TOLERANCE = 30
const PROOF_LIFETIME = 300

/**
 * `attest_jwt_client_auth`: the maker of a device attests what it is and which key it has, and the device proves the key with each
 * request. For the option `clientAuthentication`. The confirm page then names the maker, and only the same device may redeem the code
 * and refresh. The headers are `OAuth-Client-Attestation` and `OAuth-Client-Attestation-PoP`.
 *
 * @throws {OptionError} for a wrong option.
 * @see {@link https://datatracker.ietf.org/doc/html/draft-ietf-oauth-attestation-based-client-auth-10 Attestation-based client authentication, draft 10}
 * @example
 * ```ts
 * const attesters = [{ maker: 'Acme', clients: ['acme-tv'], jwks_uri: 'https://acme.example/jwks' }]
 * const clientAuthentication = { attest_jwt_client_auth: attestedClient({ attesters }) }
 * ```
 */
export function attestedClient(options: AttestedClientOptions): ClientAuthentication {
  const given = checkOptions(owner, options, checks, ['attesters'])
  const keySetOf = clientKeySets(given)
  const challenges = given.challengeSecret === undefined ? undefined : createChallenges(given.challengeSecret)
  return {
    byConnection: true,
    metadata: {
      client_attestation_signing_alg_values_supported: clientAlgorithms,
      client_attestation_pop_signing_alg_values_supported: clientAlgorithms,
    },
    identify: ({ headers, parameters }) => {
      const others = ['client_id', 'client_secret', 'client_assertion'].some((name) => parameters.has(name))
      if (others || headers.authorization !== undefined) return undefined
      const subject = readHeader(headers[attestationHeader])?.payload.sub
      return typeof subject === 'string' ? subject : undefined
    },
    async verify(request, client, server) {
      const attestation = readHeader(request.headers[attestationHeader])
      const attester = attestation && (await findAttester(attestation, client, keySetOf, given.attesters, server))
      if (attestation === undefined || attester === undefined) return false
      const key = Object(Object(attestation.payload.cnf).jwk)
      if ('d' in key || 'k' in key || !(await isProven(request, client, key, server, challenges))) return false
      requireFresh(attestation, server)
      const device = given.describe?.(attestation.payload)?.slice(0, 200)
      const named = device === undefined ? {} : { device }
      server.noteAttestation(request, { maker: attester.maker, ...named, key: await calculateJwkThumbprint(key) })
      return true
    },
  }
}

const attestationHeader = 'oauth-client-attestation'
const proofHeader = 'oauth-client-attestation-pop'

interface Jwt extends JwtParts {
  readonly text: string
}

/** Reads a JWT from a header that may be there once only: Node joins several by a comma, which is in no JWT. */
function readHeader(value: ParsedRequest['headers'][string]): Jwt | undefined {
  const [text, ...others] = [value ?? []].flat()
  const parts = text === undefined || others.length > 0 ? undefined : readJwt(text)
  return parts === undefined || text === undefined ? undefined : { ...parts, text }
}

/** Finds the attester that signed an attestation for this client. */
async function findAttester(
  attestation: Jwt,
  client: Client,
  keySetOf: ReturnType<typeof clientKeySets>,
  attesters: readonly Attester[],
  server: AuthenticatingServer,
): Promise<Attester | undefined> {
  const { header, payload, text } = attestation
  const { alg } = header
  if (!isClientAlgorithm(alg) || !hasType(attestation, ['oauth-client-attestation+jwt'])) return undefined
  if (payload.sub !== client.client_id || typeof payload.exp !== 'number') return undefined
  const fitting = (set: KeySet) => fittingKeys(set, alg, header.kid)
  for (const attester of attesters) {
    if (!attester.clients.includes(client.client_id)) continue
    const set = await keySetOf({ client_id: attester.maker, ...attester }, (one) => fitting(one).length > 0, server)
    if (await isSignedBy(text, fitting(set), alg)) return attester
  }
  return undefined
}

/** Refuses an attestation that has expired: the device needs a new one from its maker. */
function requireFresh({ payload: { exp, iat, nbf } }: Jwt, server: AuthenticatingServer): void {
  const now = server.now() / 1000
  const begun = [iat, nbf].every((time) => time === undefined || Number(time) <= now + CLOCK_TOLERANCE)
  if (begun && Number(exp) > now - CLOCK_TOLERANCE) return
  throw new OAuthError('use_fresh_attestation', 'The attestation has expired, or is not valid yet; get a new one.')
}

/**
 * True if the request proves the key of its attestation, for the first time with this proof.
 * @throws {OAuthError} `use_attestation_challenge` if the proof has no fresh challenge.
 */
async function isProven(
  { headers }: ParsedRequest,
  client: Client,
  key: Readonly<Record<string, unknown>>,
  server: AuthenticatingServer,
  challenges: Challenges | undefined,
): Promise<boolean> {
  const proof = readHeader(headers[proofHeader])
  const alg = proof?.header.alg
  const publicKey = publicKeyOf(key)
  if (proof === undefined || publicKey === undefined || !isClientAlgorithm(alg) || !fitsAlgorithm(key, alg))
    return false
  if (!hasType(proof, ['oauth-client-attestation-pop+jwt']) || !(await isSignedBy(proof.text, [publicKey], alg)))
    return false
  const { aud, jti, iat, challenge } = proof.payload
  const now = server.now() / 1000
  if (aud !== server.issuer || typeof jti !== 'string' || jti === '' || typeof iat !== 'number') return false
  if (iat > now + CLOCK_TOLERANCE || iat < now - PROOF_LIFETIME) return false
  if (challenges !== undefined && !challenges.isFresh(challenge, now)) {
    const headers = { 'oauth-client-attestation-challenge': challenges.create(now) }
    throw new OAuthError('use_attestation_challenge', 'Put the challenge of the header into the proof.', { headers })
  }
  const id = JSON.stringify([client.client_id, await calculateJwkThumbprint(key), jti])
  return server.takeOnce(`attestation ${id}`, iat + PROOF_LIFETIME - now + 1)
}
