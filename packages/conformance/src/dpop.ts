import type { ConformanceContext } from './case.ts'
import { credentialsOf, deviceCodeGrantType, formRequest, type HeaderPairs } from './client.ts'
import type { Device } from './device.ts'
import type { HttpRequest, HttpResponse } from './http.ts'
import { parseObject } from './json.ts'
import { createSigningKey, type SigningKey, sha256, signJwt } from './signing.ts'

type Members = Readonly<Record<string, unknown>>

/** The parts of a proof that a case makes wrong. A member with the value `undefined` is left out. */
export interface ProofChanges {
  readonly header?: Members
  readonly claims?: Members
}

/** A client key with the nonce that the server gave last. */
export interface Prover {
  readonly key: SigningKey
  nonce: string | undefined
}

/** Makes a prover with a key of its own. */
export async function createProver(): Promise<Prover> {
  return { key: await createSigningKey(), nonce: undefined }
}

/**
 * The proof for a request.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc9449#section-4.2 RFC 9449 section 4.2}
 */
export function createProof(
  t: ConformanceContext,
  { key, nonce }: Prover,
  { method, url }: HttpRequest,
  { header = {}, claims = {} }: ProofChanges = {},
): Promise<string> {
  return signJwt(
    { typ: 'dpop+jwt', alg: 'ES256', jwk: key.publicJwk, ...header },
    { jti: crypto.randomUUID(), htm: method, htu: url, iat: Math.floor(t.pacing.now()), nonce, ...claims },
    key.privateKey,
  )
}

/** True if an answer asks for a nonce: of the token endpoint by its error, of a resource by its challenge. */
export function asksForNonce({ text, headers }: HttpResponse): boolean {
  const challenge = headers.get('www-authenticate') ?? ''
  return parseObject(text)?.error === 'use_dpop_nonce' || challenge.includes('use_dpop_nonce')
}

/** Sends a request with a proof. If the server asks for a nonce, it sends the request again with a new proof that has it. */
export async function sendWithProof(
  t: ConformanceContext,
  prover: Prover,
  request: HttpRequest,
  changes: ProofChanges = {},
): Promise<HttpResponse> {
  const sendOnce = async (): Promise<HttpResponse> => {
    const proof = await createProof(t, prover, request, changes)
    const response = await t.sendRaw({ ...request, headers: [...(request.headers ?? []), ['DPoP', proof]] })
    prover.nonce = response.headers.get('dpop-nonce') ?? prover.nonce
    return response
  }
  const response = await sendOnce()
  return asksForNonce(response) && response.headers.has('dpop-nonce') ? sendOnce() : response
}

/** The token request of a device, without a proof. */
export function tokenRequest(t: ConformanceContext, { client, device_code }: Device): HttpRequest {
  const { headers, parameters } = credentialsOf(client)
  return formRequest(t.endpoints.token, { ...parameters, grant_type: deviceCodeGrantType, device_code }, headers)
}

/** The refresh request of a device, without a proof. */
export function refreshRequest(t: ConformanceContext, { client }: Device, refresh_token: string): HttpRequest {
  const { headers, parameters } = credentialsOf(client)
  return formRequest(t.endpoints.token, { ...parameters, grant_type: 'refresh_token', refresh_token }, headers)
}

/** Gets the protected resource with the scheme DPoP and a proof for the token. */
export async function getWithProof(
  t: ConformanceContext,
  prover: Prover,
  accessToken: string,
  changes: ProofChanges = {},
): Promise<HttpResponse> {
  const url = t.target.protectedResource?.url ?? ''
  const headers: HeaderPairs = [['Authorization', `DPoP ${accessToken}`]]
  const claims = { ath: await sha256(accessToken), ...changes.claims }
  return sendWithProof(t, prover, { method: 'GET', url, headers }, { ...changes, claims })
}
