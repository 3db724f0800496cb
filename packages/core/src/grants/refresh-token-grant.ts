import { isOtherDevice } from '../clients/attestation.ts'
import type { ServerContext } from '../contract/context.ts'
import type { DeviceAuthEvents, RefusalReason } from '../contract/events.ts'
import type { GrantHandler } from '../contract/grant.ts'
import type { ApprovedGrant, TokenRequest } from '../contract/hook-arguments.ts'
import type { FoundToken, TokenFamily } from '../contract/store.ts'
import type { TokenTarget } from '../contract/target.ts'
import { seal, unseal } from '../crypto/seal.ts'
import { hashSecret } from '../crypto/secrets.ts'
import { isOAuthError, OAuthError, pollAnswers, temporarilyUnavailable } from '../errors.ts'
import { jsonTextResponse, type OAuthResponse } from '../http.ts'
import { createRefreshTokenLimit } from '../limits/refresh-tokens.ts'
import { detailParameters } from '../policy/authorization-details.ts'
import { tokenTarget } from '../policy/token-target.ts'
import { REFRESH_TOKEN_GRANT_TYPE } from '../protocol.ts'
import { isWithinScope, readScope } from '../scope.ts'
import { readRefreshToken } from '../tokens/refresh-token.ts'
import { grantOfFamily } from './family-grant.ts'
import { isGivenUp, isGivenUpByNow } from './given-up.ts'
import { issueToken, mayIssue, tokenKeys, tokenRecord, tokenScope } from './issue.ts'
import { underLease } from './lease.ts'
import { responseKey } from './redeem.ts'
import { PARALLEL } from './replayed-code.ts'

/** A request with a refresh token. */
interface Refresh<Native> {
  /** The token as it was presented. */
  readonly refreshToken: string
  /** Epoch milliseconds; the device signed in then. */
  readonly startedAt: number
  readonly tokenRequest: TokenRequest<Native>
  readonly context: ServerContext<Native>
}

/**
 * The refresh token grant. Each use replaces the refresh token by a new one; the use of a replaced token
 * revokes its family, once the new tokens were used.
 * @see {@link https://www.rfc-editor.org/rfc/rfc6749#section-6 RFC 6749 section 6}
 * @see {@link https://www.rfc-editor.org/rfc/rfc9700#section-4.14.2 RFC 9700 section 4.14.2}
 */
export function refreshTokenGrant<Native>(context: ServerContext<Native>): GrantHandler<Native> {
  const limit = createRefreshTokenLimit(context)
  return {
    parameters: ['refresh_token', 'scope', ...detailParameters(context)],
    boundParameter: 'refresh_token',
    async respond(tokenRequest) {
      const { client, parameters, request } = tokenRequest
      const token = parameters.get('refresh_token')
      if (token === undefined) throw new OAuthError('invalid_request', 'refresh_token is missing.')
      const read = readRefreshToken(token, context.tokenKeys)
      const presented = { token, genuine: read?.genuine === true, clientId: client.client_id, ip: request.ip }
      limit.check(presented)
      // nobody would get the new tokens, and the client has refreshed by another request
      if (read !== undefined && (await isGivenUpByNow(request))) throw givenUp()
      const found = read && (await context.store.findToken(read.grantId, hashSecret(token), context.now()))
      const isOwn = found?.family.clientId === client.client_id
      if (isOwn && (found.type === 'refresh_token' || found.type === 'rotated')) {
        if (isOtherDevice(found.family.requester, request)) return pollAnswers.invalid_grant
        return answerKnown(found, { refreshToken: token, startedAt: found.family.createdAt, tokenRequest, context })
      }
      if (found === undefined && read !== undefined) await endReplaced(read, tokenRequest, context)
      if (found !== undefined && found.type !== 'access_token' && !isOwn) {
        emitRefused('refreshClient', found.family, { tokenRequest, context })
      }
      await limit.count(presented)
      return pollAnswers.invalid_grant
    },
  }
}

/** Answers a current or replaced token of this client. */
async function answerKnown<Native>(found: FoundToken, refresh: Refresh<Native>): Promise<OAuthResponse> {
  const { context } = refresh
  if (found.type === 'rotated' && isReuse(found.rotatedAt, context)) return answerReuse(found, refresh)
  const approved = await approvedGrant(found.family, refresh)
  if (!(await mayIssue(approved, context))) {
    emitRefused('refreshDenied', found.family, refresh)
    return pollAnswers.invalid_grant
  }
  if (found.type === 'rotated') return giveAgain(found.rotatedAt, approved, refresh)
  return rotate(approved, refresh)
}

async function rotate<Native>(approved: ApprovedGrant<Native>, refresh: Refresh<Native>): Promise<OAuthResponse> {
  const { refreshToken, context } = refresh
  const hash = hashSecret(refreshToken)
  const response = context.overridden.has('saveToken')
    ? await underLease(approved, context, (owner) => issueAndRotate(approved, refresh, owner), hash)
    : await issueAndRotate(approved, refresh)
  if (response !== undefined) return response
  // a parallel refresh was faster: both get the same successor
  const found = await context.store.findToken(approved.grantId, hash, context.now())
  if (found?.type === 'rotated') return giveAgain(found.rotatedAt, approved, refresh)
  if (found?.type === 'refresh_token')
    throw temporarilyUnavailable('Another request is refreshing this token; try again.')
  return pollAnswers.invalid_grant
}

/** Issues tokens and stores them if the refresh token is still the current one; `leaseOwner` is the holder of the lease, if there is one. */
async function issueAndRotate<Native>(
  approved: ApprovedGrant<Native>,
  { refreshToken, startedAt, tokenRequest, context }: Refresh<Native>,
  leaseOwner?: string,
): Promise<OAuthResponse | undefined> {
  const { token, response } = await issueToken(approved, context, startedAt)
  if (isGivenUp(tokenRequest.request)) throw givenUp()
  if (leaseOwner !== undefined) await context.hooks.saveToken(token, approved)
  const now = context.now()
  const { client, grantId, scope, userGrant } = approved
  const body = JSON.stringify(response)
  const sealed = seal(responseKey(refreshToken), body)
  const record = tokenRecord(token, approved, now, context, startedAt)
  const hash = hashSecret(refreshToken)
  if (!(await context.store.rotateRefreshToken(grantId, hash, record, sealed, now, leaseOwner))) return undefined
  const { subject } = userGrant
  context.events.emit('refreshed', { at: now, grantId, clientId: client.client_id, subject, scope })
  return jsonTextResponse(200, body)
}

/** @throws {OAuthError} `invalid_scope`, `invalid_target` or `invalid_authorization_details` if the request asks for what was not granted. */
async function approvedGrant<Native>(family: TokenFamily, refresh: Refresh<Native>): Promise<ApprovedGrant<Native>> {
  const { id: grantId, scope: granted } = family
  const { client, parameters, request } = refresh.tokenRequest
  const scope = readRequestedScope(parameters.get('scope'), granted)
  if (scope === undefined) {
    emitRefused('refreshScope', family, refresh)
    throw new OAuthError('invalid_scope')
  }
  const target = await readTarget(family, refresh)
  return {
    grantType: REFRESH_TOKEN_GRANT_TYPE,
    grantId,
    client,
    userGrant: grantOfFamily(family),
    scope: tokenScope(scope, client, refresh.context),
    ...(target === undefined ? {} : { target }),
    request,
    ...tokenKeys(refresh.tokenRequest, refresh.refreshToken),
  }
}

/** The resources and details of the access token: the requested ones, or all that were granted. */
async function readTarget<Native>(family: TokenFamily, refresh: Refresh<Native>): Promise<TokenTarget | undefined> {
  try {
    return await tokenTarget(family.target, refresh.tokenRequest, refresh.context)
  } catch (error) {
    if (isOAuthError(error)) emitRefused('refreshTarget', family, refresh)
    throw error
  }
}

/** The requested scope, or what was granted; `undefined` if it is malformed or was not granted. */
function readRequestedScope(requested: string | undefined, granted: string): string | undefined {
  if (requested === undefined) return granted
  try {
    const scope = readScope(requested).join(' ')
    return isWithinScope(scope, granted) ? scope : undefined
  } catch {
    return undefined
  }
}

/** True if a replaced token came too late for a device that lost the answer: it may be stolen. */
function isReuse<Native>(rotatedAt: number, { now, options, answerableFrom }: ServerContext<Native>): boolean {
  return now() - answerableFrom(rotatedAt) >= Math.max(options.redemptionGrace * 1000, PARALLEL)
}

/**
 * Answers a replaced token that came late. If the answer that replaced it was used, two parties have tokens, and the family
 * ends. If it was not, it may just be lost: the application is told, and nothing ends.
 * @see {@link https://www.rfc-editor.org/rfc/rfc9700#section-4.14.2 RFC 9700 section 4.14.2}
 */
async function answerReuse<Native>(
  { family: { id: grantId, clientId, subject }, used }: Extract<FoundToken, { readonly type: 'rotated' }>,
  { tokenRequest: { request }, context }: Refresh<Native>,
): Promise<OAuthResponse> {
  if (isGivenUp(request)) throw givenUp()
  const at = context.now()
  if (!used) context.events.emit('replayed', { at, grantId, clientId, subject, outcome: 'suspected' })
  else if (await context.store.revoke(grantId, at)) {
    emitReuse({ at, grantId, clientId, subject }, context)
  }
  return pollAnswers.invalid_grant
}

/** Tells that a family has ended because of a replaced token. */
function emitReuse<Native>(event: DeviceAuthEvents['reuseDetected'], { events }: ServerContext<Native>): void {
  events.emit('reuseDetected', event)
  events.emit('signedOut', { ...event, by: 'reuse' })
}

/** The answer to a request that its client has given up, in case that somebody reads it after all. */
function givenUp(): OAuthError {
  return temporarilyUnavailable('The request took too long; try again.')
}

/**
 * Answers the token before the current one with the lost answer: within the grace, twice at most, and until a token of that
 * answer is used. The store decides that in one step, so that no thief follows the device with an old token.
 * @see {@link https://www.rfc-editor.org/rfc/rfc9700#section-4.14.2 RFC 9700 section 4.14.2}
 */
async function giveAgain<Native>(
  rotatedAt: number,
  { grantId, client, userGrant: { subject } }: ApprovedGrant<Native>,
  { refreshToken, context }: Refresh<Native>,
): Promise<OAuthResponse> {
  const now = context.now()
  const inTime = now - context.answerableFrom(rotatedAt) < context.options.redemptionGrace * 1000
  const sealed = inTime ? await context.store.replayRotation(grantId, hashSecret(refreshToken), now) : undefined
  const response = sealed === undefined ? undefined : unseal(responseKey(refreshToken), sealed)
  const event = { at: now, grantId, clientId: client.client_id, subject }
  context.events.emit('replayed', { ...event, outcome: response === undefined ? 'refused' : 'answered' })
  return response === undefined ? pollAnswers.invalid_grant : jsonTextResponse(200, response)
}

function emitRefused<Native>(
  reason: RefusalReason,
  { id: grantId, subject }: TokenFamily,
  { tokenRequest: { client, request }, context }: Pick<Refresh<Native>, 'tokenRequest' | 'context'>,
): void {
  const clientId = client.client_id
  context.events.emit('refused', { at: context.now(), reason, clientId, grantId, subject, ip: request.ip })
}

/**
 * Ends the family of a token that this server issued and that the store does not know any more: it was replaced long ago. The current
 * token is known for as long as its family, even after its end.
 */
async function endReplaced<Native>(
  { grantId, genuine }: { readonly grantId: string; readonly genuine: boolean },
  { client, request }: TokenRequest<Native>,
  context: ServerContext<Native>,
): Promise<void> {
  const now = context.now()
  const credential = genuine ? await context.store.findDeviceCredential(grantId, now) : undefined
  if (isGivenUp(request)) throw givenUp()
  if (credential?.clientId === client.client_id && (await context.store.revoke(grantId, now))) {
    const subject = credential.userGrant?.subject ?? ''
    emitReuse({ at: now, grantId, clientId: client.client_id, subject }, context)
  }
}
