import type { ConformanceContext } from './case.ts'
import { credentialsOf, deviceCodeGrantType, formRequest, type HeaderPairs, type Parameters } from './client.ts'
import { approve, type Device, prepare, startDevice } from './device.ts'
import { expectTokens, type Tokens } from './expect.ts'
import type { HttpRequest, HttpResponse } from './http.ts'
import { parseObject } from './json.ts'
import { createSigningKey, type SigningKey, sha256, signJwt } from './signing.ts'
import type { ConformanceClient } from './target.ts'

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

/** Sends a request with a proof, once. The prover takes the nonce of the answer, if it has one. */
export async function sendOneProof(
  t: ConformanceContext,
  prover: Prover,
  request: HttpRequest,
  changes: ProofChanges = {},
): Promise<HttpResponse> {
  const proof = await createProof(t, prover, request, changes)
  const response = await t.send({ ...request, headers: [...(request.headers ?? []), ['DPoP', proof]] })
  prover.nonce = response.headers.get('dpop-nonce') ?? prover.nonce
  return response
}

/** Sends a request with a proof. If the server asks for a nonce, it sends the request again with a new proof that has it. */
export async function sendWithProof(
  t: ConformanceContext,
  prover: Prover,
  request: HttpRequest,
  changes: ProofChanges = {},
): Promise<HttpResponse> {
  const response = await sendOneProof(t, prover, request, changes)
  return asksForNonce(response) && response.headers.has('dpop-nonce')
    ? sendOneProof(t, prover, request, changes)
    : response
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

/** The device authorization request of a client, without a proof. */
export function deviceRequest(t: ConformanceContext, who: ConformanceClient, more: Parameters = {}): HttpRequest {
  const { headers, parameters } = credentialsOf(who)
  const scope = who.scope === undefined ? {} : { scope: who.scope }
  return formRequest(t.endpoints.deviceAuthorization, { ...parameters, ...scope, ...more }, headers)
}

/** A device with tokens that are bound to the key of its prover. */
export interface BoundDevice {
  readonly device: Device
  readonly prover: Prover
  readonly tokens: Tokens
}

/** Signs a device in with a new key. Skips the case if the server gives no tokens for it. */
export async function signInBound(t: ConformanceContext): Promise<BoundDevice> {
  const device = await startDevice(t)
  await approve(t, device)
  const prover = await createProver()
  const answer = await sendWithProof(t, prover, tokenRequest(t, device))
  return { device, prover, tokens: await prepare('tokens bound to a key', async () => expectTokens(answer)) }
}

/** Gets the protected resource with the scheme DPoP and a proof for the token. */
export async function getWithProof(
  t: ConformanceContext,
  prover: Prover,
  accessToken: string,
  changes: ProofChanges = {},
  send: typeof sendWithProof = sendWithProof,
): Promise<HttpResponse> {
  const url = t.target.protectedResource?.url ?? ''
  const headers: HeaderPairs = [['Authorization', `DPoP ${accessToken}`]]
  const claims = { ath: await sha256(accessToken), ...changes.claims }
  return send(t, prover, { method: 'GET', url, headers }, { ...changes, claims })
}

/**
 * The thumbprint of a key, as `dpop_jkt` and `cnf.jkt` have it.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc7638#section-3 RFC 7638 section 3}
 */
export function thumbprint({ key }: Prover): Promise<string> {
  const { crv, kty, x, y } = key.publicJwk
  return sha256(JSON.stringify({ crv, kty, x, y }))
}
