import { isRegisteredFor } from '../clients/registered-methods.ts'
import { knownParameters, readClientRequest } from '../clients/require.ts'
import type { ServerContext } from '../contract/context.ts'
import type { DeviceCredential, FoundToken } from '../contract/store.ts'
import { hashSecret } from '../crypto/secrets.ts'
import { OAuthError } from '../errors.ts'
import { type Endpoint, emptyResponse } from '../http.ts'
import { pendingAttempt } from '../limits/requests.ts'
import type { Client } from '../protocol.ts'
import { findToken } from '../tokens/find-token.ts'
import { decisionBeforeEnd } from '../verification/decision-before-end.ts'
import { jsonEndpoint } from './respond.ts'

/**
 * The revocation endpoint. It revokes an access token, a refresh token with its whole family, or the device code of a device
 * that gives up. `token_type_hint` is ignored, because each of the three has a format of its own.
 * @see {@link https://www.rfc-editor.org/rfc/rfc7009#section-2 RFC 7009 section 2}
 */
export function revocationEndpoint<Native>(context: ServerContext<Native>): Endpoint<Native> {
  const known = knownParameters(context, ['token', 'token_type_hint'])
  return jsonEndpoint('revocation', context, async (request) => {
    const { client, parameters } = await readClientRequest(request, 'revocation', known, context)
    const token = parameters.get('token')
    if (token === undefined) throw new OAuthError('invalid_request', 'token is missing.')
    const found = await findToken(token, context)
    // a public client learns nothing of the tokens of others, not even by the time that an unknown one takes
    if (found === undefined || isHidden(found, client)) await cancelRequest(token, client, context)
    else await revokeToken(found, hashSecret(token), client, context)
    // RFC 7009 section 2.2: an unknown token gets 200 too, because the client wanted it to be invalid
    return emptyResponse(200)
  })
}

/** True for a token of another client that this client must not know of. */
function isHidden({ family }: FoundToken, client: Client): boolean {
  return family.clientId !== client.client_id && isRegisteredFor(client, 'none')
}

async function revokeToken<Native>(
  { type, family }: FoundToken,
  tokenHash: string,
  client: Client,
  context: ServerContext<Native>,
): Promise<void> {
  // a client that has proven its identity is told
  if (family.clientId !== client.client_id) throw new OAuthError('invalid_grant')
  // a parallel request may have ended it
  const ended =
    type === 'access_token'
      ? await context.store.revokeAccessToken(family.id, tokenHash)
      : await context.store.revoke(family.id, context.now())
  if (!ended) return
  const event = { at: context.now(), grantId: family.id, clientId: family.clientId, by: 'client' } as const
  context.events.emit('revoked', event)
  // after the end of one access token the device is still signed in
  if (type !== 'access_token') context.events.emit('signedOut', { ...event, subject: family.subject })
}

/** `redeeming` is among them: the tokens that another poll is about to get are ended too. */
const cancellable: ReadonlySet<string> = new Set(['pending', 'slow_down', 'approved', 'redeeming'])

/** Ends a request by its device code, because its device does not want to wait any longer. */
async function cancelRequest<Native>(token: string, client: Client, context: ServerContext<Native>): Promise<void> {
  const id = hashSecret(token)
  const found = await context.store.pollDeviceCredential(id, client.client_id, context.now())
  if (!('credential' in found) || !cancellable.has(found.status)) return
  if (!(await endRequest(found.credential, context))) return
  await noteEnd(found.credential, context)
}

/** Tells that a request has ended, and takes it out of the counters of pending ones, unless a decision has done that. */
async function noteEnd<Native>(credential: DeviceCredential, context: ServerContext<Native>): Promise<void> {
  const { attempts, events, now } = context
  const { id, clientId } = credential
  const event = { at: now(), grantId: id, clientId, by: 'client' } as const
  events.emit('revoked', event)
  try {
    const userGrant = await decisionBeforeEnd(id, credential.userGrant, context)
    if (userGrant === undefined) await attempts.giveBack(pendingAttempt(credential, context))
    if (userGrant?.approved === true) events.emit('signedOut', { ...event, subject: userGrant.subject })
  } catch (error) {
    attempts.settleLater(() => attempts.giveBackOnce(pendingAttempt(credential, context)))
    throw error
  }
}

/** Ends a request. If the store fails, it is found out later if the request was ended: then it is no longer pending. */
async function endRequest<Native>(credential: DeviceCredential, context: ServerContext<Native>): Promise<boolean> {
  const { id, clientId } = credential
  const { store, attempts, now } = context
  try {
    return await store.revoke(id, now())
  } catch (error) {
    attempts.settleLater(async () => {
      const { status } = await store.pollDeviceCredential(id, clientId, now())
      if (status === 'cancelled') await attempts.giveBackOnce(pendingAttempt(credential, context))
    })
    throw error
  }
}
