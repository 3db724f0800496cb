import type { ServerContext } from '../contract/context.ts'
import type { ApprovedGrant } from '../contract/hook-arguments.ts'
import type { DeviceCredential, UserGrant } from '../contract/store.ts'
import type { TokenTarget } from '../contract/target.ts'
import { deriveKeyFast, seal } from '../crypto/seal.ts'
import { OAuthError, pollAnswers } from '../errors.ts'
import { jsonTextResponse, type OAuthResponse } from '../http.ts'
import { matchNumber } from '../policy/number-matching.ts'
import { tokenTarget } from '../policy/token-target.ts'
import { DEVICE_CODE_GRANT_TYPE } from '../protocol.ts'
import { isGivenUp, isGivenUpByNow } from './given-up.ts'
import { issueToken, mayIssue, tokenKeys, tokenRecord, tokenScope } from './issue.ts'
import { underLease } from './lease.ts'
import type { Poll } from './poll-request.ts'

/** The key that seals a token response. Only the device code or refresh token yields it, and neither is stored. */
export function responseKey(secret: string): Buffer {
  return deriveKeyFast(secret, 'token response')
}

/**
 * Turns an approved credential into tokens, once.
 * @returns The response with the tokens, or an error response; `undefined` if another poll was faster.
 * @see {@link https://www.rfc-editor.org/rfc/rfc8628#section-3.5 RFC 8628 section 3.5}
 */
export async function redeem<Native>(
  credential: DeviceCredential,
  poll: Poll<Native>,
): Promise<OAuthResponse | undefined> {
  const { context, tokenRequest } = poll
  const { client, parameters } = tokenRequest
  const { userGrant } = credential
  if (userGrant === undefined) return undefined
  // nobody would get the tokens: the code stays approved for the next poll
  if (await isGivenUpByNow(tokenRequest.request)) return pollAnswers.authorization_pending
  // a wrong resource or detail is refused before a number is counted or anything is made
  const target = await tokenTarget(userGrant.target ?? credential.target, tokenRequest, context)
  if (client.number_matching === true) {
    const unmatched = await matchNumber(credential, parameters.get('matching_number'), context)
    if (unmatched !== undefined) return unmatched
  }
  const approved = approvedGrant(credential, userGrant, target, poll)
  if (!(await mayIssue(approved, context))) return pollAnswers.access_denied
  const response = context.overridden.has('saveToken')
    ? await underLease(approved, context, (owner) => issueAndRedeem(approved, poll, owner))
    : await issueAndRedeem(approved, poll)
  if (response !== undefined) emitRedeemed(approved, credential, context)
  return response
}

function approvedGrant<Native>(
  credential: DeviceCredential,
  userGrant: UserGrant,
  target: TokenTarget | undefined,
  { deviceCode, tokenRequest, context }: Poll<Native>,
): ApprovedGrant<Native> {
  const { client, request } = tokenRequest
  return {
    grantType: DEVICE_CODE_GRANT_TYPE,
    grantId: credential.id,
    client,
    userGrant,
    scope: tokenScope(userGrant.scope, client, context),
    ...(target === undefined ? {} : { target }),
    credential,
    request,
    ...tokenKeys(tokenRequest, deviceCode),
  }
}

function emitRedeemed<Native>(
  { grantId, client, userGrant, scope }: ApprovedGrant<Native>,
  { requester }: DeviceCredential,
  { events, now }: ServerContext<Native>,
): void {
  const { subject, username } = userGrant
  const name = username === undefined ? {} : { username }
  events.emit('redeemed', { at: now(), grantId, clientId: client.client_id, subject, ...name, scope, requester })
}

/** Issues tokens and stores them if the code is not redeemed yet; `leaseOwner` is the holder of the lease, if there is one. */
async function issueAndRedeem<Native>(
  approved: ApprovedGrant<Native>,
  { deviceCode, tokenRequest, context }: Poll<Native>,
  leaseOwner?: string,
): Promise<OAuthResponse | undefined> {
  const { token, response } = await issueToken(approved, context)
  if (isGivenUp(tokenRequest.request)) throw new OAuthError('authorization_pending')
  if (leaseOwner !== undefined) await context.hooks.saveToken(token, approved)
  const now = context.now()
  const body = JSON.stringify(response)
  const sealed = context.options.redemptionGrace > 0 ? seal(responseKey(deviceCode), body) : ''
  const record = tokenRecord(token, approved, now, context, now)
  const won = await context.store.redeem(approved.grantId, record, sealed, now, leaseOwner)
  return won ? jsonTextResponse(200, body) : undefined
}
