import type { ServerContext } from '../contract/context.ts'
import type { ApprovedGrant, TokenRequest } from '../contract/hooks.ts'
import type { DeviceCredential } from '../contract/store.ts'
import { randomToken } from '../crypto/random.ts'
import { deriveKey, seal } from '../crypto/seal.ts'
import { pollAnswers } from '../errors.ts'
import { jsonResponse, type OAuthResponse } from '../http.ts'
import { matchNumber } from '../policy/number-matching.ts'
import { DEVICE_CODE_GRANT_TYPE } from '../protocol.ts'
import { issueToken, mayIssue, tokenRecord, tokenScope } from './issue.ts'

/** Milliseconds that an overridden `saveToken` has for itself before another poll may try. */
const LEASE = 10_000

/** The key that seals a token response; only the device code, which is kept nowhere, yields it. */
export function responseKey(secret: string): Buffer {
  return deriveKey(secret, 'token response')
}

/**
 * Turns an approved credential into tokens, once; `undefined` when another poll was faster.
 * @see {@link https://www.rfc-editor.org/rfc/rfc8628#section-3.5 RFC 8628 section 3.5}
 */
export async function redeem<Native>(
  credential: DeviceCredential,
  deviceCode: string,
  { client, parameters, request }: TokenRequest<Native>,
  context: ServerContext<Native>,
): Promise<OAuthResponse | undefined> {
  const { id, userGrant } = credential
  if (userGrant === undefined) return undefined
  if (client.number_matching === true) {
    const unmatched = await matchNumber(credential, parameters.get('matching_number'), context)
    if (unmatched !== undefined) return unmatched
  }
  const approved: ApprovedGrant<Native> = {
    grantType: DEVICE_CODE_GRANT_TYPE,
    grantId: id,
    client,
    userGrant,
    scope: tokenScope(userGrant.scope, client, context),
    credential,
    request,
  }
  if (!(await mayIssue(approved, context))) return pollAnswers.access_denied
  const redeemed = context.overridden.has('saveToken')
    ? await redeemUnderLease(approved, deviceCode, context)
    : await redeemAtOnce(approved, deviceCode, context)
  if (redeemed === undefined) return undefined
  const { subject, username } = userGrant
  context.events.emit('redeemed', {
    at: context.now(),
    grantId: id,
    clientId: client.client_id,
    subject,
    ...(username === undefined ? {} : { username }),
    scope: approved.scope,
    requester: credential.requester,
  })
  return redeemed
}

async function redeemAtOnce<Native>(
  approved: ApprovedGrant<Native>,
  deviceCode: string,
  context: ServerContext<Native>,
  owner?: string,
): Promise<OAuthResponse | undefined> {
  const { token, response } = await issueToken(approved, context)
  if (owner !== undefined) await context.hooks.saveToken(token, approved)
  const now = context.now()
  const sealed = context.options.redemptionGrace > 0 ? seal(responseKey(deviceCode), JSON.stringify(response)) : ''
  const record = tokenRecord(token, approved.scope, now, context)
  const won = await context.store.redeem(approved.grantId, record, sealed, now, owner)
  return won ? jsonResponse(200, response) : undefined
}

/** An application that keeps tokens too makes two steps of it: only the owner of the lease may take them. */
async function redeemUnderLease<Native>(
  approved: ApprovedGrant<Native>,
  deviceCode: string,
  context: ServerContext<Native>,
): Promise<OAuthResponse | undefined> {
  const owner = randomToken()
  const now = context.now()
  if (!(await context.store.lease(approved.grantId, owner, now + LEASE, now))) return undefined
  try {
    return await redeemAtOnce(approved, deviceCode, context, owner)
  } catch (error) {
    await release(approved, owner, context)
    throw error
  }
}

/** A lease that cannot be given back ends by itself; what went wrong before is the answer. */
async function release<Native>(
  { grantId, request }: ApprovedGrant<Native>,
  owner: string,
  context: ServerContext<Native>,
): Promise<void> {
  try {
    await context.store.release(grantId, owner)
  } catch (error) {
    context.fail('release', error, { endpoint: 'token', native: request.native })
  }
}
