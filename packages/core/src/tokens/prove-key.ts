import type { ServerContext } from '../contract/context.ts'
import type { GrantHandler } from '../contract/grant.ts'
import type { Confirmation, KeyBinding, KeyProof, ProofRequest } from '../contract/key-binding.ts'
import { OAuthError } from '../errors.ts'
import type { Awaitable, ParsedRequest } from '../http.ts'
import type { Client } from '../protocol.ts'
import { urlBelow } from '../url.ts'
import { boundKey, confirmationOf, thumbprintOf } from './bound-text.ts'
import { firstUse, useOnce } from './token-holder.ts'

/** The key that a request proved or announced, and the headers that its response gets. */
export interface ProvenKey {
  readonly confirmation: Confirmation
  /** True if the parameter `dpop_jkt` named the key, and the request proved none. */
  readonly announcedOnly?: boolean
  readonly headers?: Readonly<Record<string, string>> | undefined
}

interface FoundProof<Native> {
  readonly binding: KeyBinding<Native>
  readonly proof: KeyProof
}

/** The key that the code or token of a request is bound to, and the error for another key. */
export interface BoundKey {
  readonly key: Confirmation
  readonly error: 'invalid_grant' | 'invalid_request'
}

/** Reads the key that the code or token of a request is bound to; `undefined` if it is not bound. Most polls end here. */
export function readBoundKey<Native>(
  { boundParameter, boundKind }: GrantHandler<Native>,
  { parameters }: ParsedRequest<Native>,
  { options }: ServerContext<Native>,
): BoundKey | undefined {
  const text = boundParameter === undefined ? undefined : parameters.get(boundParameter)
  if (text === undefined) return undefined
  const isAccessToken = boundKind === 'accessToken'
  const key = isAccessToken ? options.accessToken.confirmation?.(text) : boundKey(text)
  return key && { key, error: isAccessToken ? 'invalid_request' : 'invalid_grant' }
}

/** True if a token request has to be looked at for the proof of a key. Most polls are not. */
export function asksForKey<Native>(
  { headers }: ParsedRequest<Native>,
  client: Client,
  bound: BoundKey | undefined,
  { keyBinding }: ServerContext<Native>,
): boolean {
  if (headers.dpop !== undefined && keyBinding.length > 0) return true
  return demandsKey(client) || bound !== undefined
}

function demandsKey(client: Client): boolean {
  return client.dpop_bound_access_tokens === true || client.tls_client_certificate_bound_access_tokens === true
}

/**
 * Checks the proof of a token request before the grant is asked, so that a failing proof touches nothing.
 *
 * @param bound - The key that its code or token is bound to.
 * @throws {OAuthError} if a proof is not valid, is missing, or is of another key.
 * @see {@link https://www.rfc-editor.org/rfc/rfc9449#section-5 RFC 9449 section 5}
 */
export async function proveTokenKey<Native>(
  request: ParsedRequest<Native>,
  client: Client,
  bound: BoundKey | undefined,
  context: ServerContext<Native>,
): Promise<ProvenKey | undefined> {
  const found = await readProof(requestAt(request, context), client, bound?.key, context)
  if (found === undefined) return requireNone(client, bound, context)
  const other = context.keyBinding.find((binding) => binding !== found.binding && demands(client, binding))
  if (other !== undefined) throw missing(other)
  if (bound !== undefined && thumbprintOf(bound.key, found.binding.method) !== found.proof.thumbprint) {
    throw new OAuthError(bound.error, 'The code or token is bound to another key.')
  }
  return useProof(found, context)
}

/**
 * Reads the key that a device authorization request binds its grant to: that of a proof, or of the parameter `dpop_jkt`.
 *
 * @throws {OAuthError} if a proof is not valid, or is not of the key in `dpop_jkt`.
 * @see {@link https://www.rfc-editor.org/rfc/rfc9449#section-10 RFC 9449 section 10}
 * @see {@link https://datatracker.ietf.org/doc/draft-parecki-oauth-dpop-device-flow/ draft-parecki-oauth-dpop-device-flow}
 */
export function proveRequestKey<Native>(
  request: ParsedRequest<Native>,
  client: Client,
  context: ServerContext<Native>,
): Awaitable<ProvenKey | undefined> {
  return context.keyBinding.length === 0 ? undefined : proveAnnounced(request, client, context)
}

async function proveAnnounced<Native>(
  request: ParsedRequest<Native>,
  client: Client,
  context: ServerContext<Native>,
): Promise<ProvenKey | undefined> {
  const { keyBinding } = context
  const announced = readThumbprint(request.parameters.get('dpop_jkt'), keyBinding)
  const found = await readProof(requestAt(request, context), client, announced, context)
  if (found !== undefined) {
    if (announced !== undefined && thumbprintOf(announced, found.binding.method) !== found.proof.thumbprint)
      throw new OAuthError(found.binding.error, 'dpop_jkt names another key than that of the proof.')
    return useProof(found, context)
  }
  const demanded = keyBinding.find((binding) => binding.fromFirstRequest === true && demands(client, binding))
  if (demanded !== undefined && announced === undefined) throw missing(demanded)
  return announced && { confirmation: announced, announcedOnly: true }
}

/** True for a client that is registered to prove its key with each token request. */
function demands<Native>(client: Client, { method }: KeyBinding<Native>): boolean {
  return method === 'jkt'
    ? client.dpop_bound_access_tokens === true
    : client.tls_client_certificate_bound_access_tokens === true
}

function readThumbprint<Native>(
  given: string | undefined,
  keyBinding: readonly KeyBinding<Native>[],
): Confirmation | undefined {
  if (given === undefined || !keyBinding.some(({ method }) => method === 'jkt')) return undefined
  if (!/^[A-Za-z0-9_-]{43}$/.test(given))
    throw new OAuthError(
      'invalid_request',
      'dpop_jkt must be a SHA-256 thumbprint of a JWK: 43 characters of base64url.',
    )
  return confirmationOf('jkt', given)
}

/**
 * Reads the proof that counts: that of the method by which the code or token is bound, else of the method that the client is registered
 * for, else a DPoP proof. A certificate alone binds nothing, because a client may use one for its authentication only.
 */
async function readProof<Native>(
  request: ProofRequest<Native>,
  client: Client,
  bound: Confirmation | undefined,
  context: ServerContext<Native>,
): Promise<FoundProof<Native> | undefined> {
  const isDemanded = demandsKey(client)
  const wanted = context.keyBinding.filter((binding) => {
    if (bound !== undefined) return thumbprintOf(bound, binding.method) !== undefined
    return isDemanded ? demands(client, binding) : binding.method === 'jkt'
  })
  for (const binding of wanted) {
    const proof = await binding.read(request, { now: context.now(), nonceKeys: context.nonceKeys })
    if (proof !== undefined) return { binding, proof }
  }
  return undefined
}

/** Accepts a request without a proof, if neither its code or token nor its client needs one. */
function requireNone<Native>(
  client: Client,
  bound: BoundKey | undefined,
  { keyBinding }: ServerContext<Native>,
): undefined {
  const needed = keyBinding.find((binding) =>
    bound === undefined ? demands(client, binding) : thumbprintOf(bound.key, binding.method) !== undefined,
  )
  if (needed !== undefined) throw missing(needed)
  if (bound === undefined && !demandsKey(client)) return undefined
  // the option `keyBinding` was taken out of the server: its tokens must not work without their key
  const error = bound?.error ?? 'invalid_grant'
  throw new OAuthError(error, 'The code or token is bound to a key, which this server cannot check.')
}

function missing<Native>({ error, method }: KeyBinding<Native>): OAuthError {
  const what = method === 'jkt' ? 'The header DPoP with a proof' : 'The client certificate'
  return new OAuthError(error, `${what} is missing.`)
}

async function useProof<Native>(
  { binding, proof }: FoundProof<Native>,
  context: ServerContext<Native>,
): Promise<ProvenKey> {
  await useOnce(proof, binding.error, firstUse(context))
  return { confirmation: confirmationOf(binding.method, proof.thumbprint), headers: proof.headers }
}

function requestAt<Native>(
  { method, path, headers, native }: ParsedRequest<Native>,
  { options: { issuer } }: ServerContext<Native>,
): ProofRequest<Native> {
  return { method, url: urlBelow(issuer, path), headers, native }
}
