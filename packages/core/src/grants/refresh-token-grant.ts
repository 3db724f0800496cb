import type { ServerContext } from '../contract/context.ts'
import type { RefusalReason } from '../contract/events.ts'
import type { GrantHandler } from '../contract/grant.ts'
import type { ApprovedGrant, TokenRequest } from '../contract/hook-arguments.ts'
import type { TokenFamily } from '../contract/store.ts'
import { seal, unseal } from '../crypto/seal.ts'
import { hashSecret } from '../crypto/secrets.ts'
import { OAuthError, pollAnswers, temporarilyUnavailable } from '../errors.ts'
import { jsonResponse, type OAuthResponse } from '../http.ts'
import { REFRESH_TOKEN_GRANT_TYPE } from '../protocol.ts'
import { isWithinScope, readScope } from '../scope.ts'
import { readRefreshToken } from '../tokens/refresh-token.ts'
import { issueToken, mayIssue, tokenRecord, tokenScope } from './issue.ts'
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
 * The refresh token grant. Each use replaces the refresh token by a new one; the use of a replaced token revokes its family.
 * @see {@link https://www.rfc-editor.org/rfc/rfc6749#section-6 RFC 6749 section 6}
 * @see {@link https://www.rfc-editor.org/rfc/rfc9700#section-4.14.2 RFC 9700 section 4.14.2}
 */
export function refreshTokenGrant<Native>(context: ServerContext<Native>): GrantHandler<Native> {
  return {
    parameters: ['refresh_token', 'scope'],
    async respond(tokenRequest) {
      const refreshToken = tokenRequest.parameters.get('refresh_token')
      if (refreshToken === undefined) throw new OAuthError('invalid_request', 'refresh_token is missing.')
      const read = readRefreshToken(refreshToken, context.tokenKeys)
      if (read === undefined) return pollAnswers.invalid_grant
      const found = await context.store.findToken(read.grantId, hashSecret(refreshToken), context.now())
      if (found === undefined) return answerUnknown(read, tokenRequest, context)
      if (found.type === 'access_token') return pollAnswers.invalid_grant
      const refresh = { refreshToken, startedAt: found.family.createdAt, tokenRequest, context }
      if (found.family.clientId !== tokenRequest.client.client_id) {
        emitRefused('refreshClient', found.family, refresh)
        return pollAnswers.invalid_grant
      }
      if (found.type === 'rotated' && isReuse(found.rotatedAt, context)) return endFamily(found.family, context)
      const approved = approvedGrant(found.family, refresh)
      if (!(await mayIssue(approved, context))) {
        emitRefused('refreshDenied', found.family, refresh)
        return pollAnswers.invalid_grant
      }
      if (found.type === 'rotated') return giveAgain(found.rotatedAt, approved, refresh)
      return rotate(approved, refresh)
    },
  }
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
  if (found?.type === 'refresh_token') throw temporarilyUnavailable('Another request refreshes this token.')
  return pollAnswers.invalid_grant
}

/** Issues tokens and stores them if the refresh token is still the current one; `leaseOwner` is the holder of the lease, if there is one. */
async function issueAndRotate<Native>(
  approved: ApprovedGrant<Native>,
  { refreshToken, startedAt, context }: Refresh<Native>,
  leaseOwner?: string,
): Promise<OAuthResponse | undefined> {
  const { token, response } = await issueToken(approved, context)
  if (leaseOwner !== undefined) await context.hooks.saveToken(token, approved)
  const now = context.now()
  const { client, grantId, scope, userGrant } = approved
  const sealed = seal(responseKey(refreshToken), JSON.stringify(response))
  const record = tokenRecord(token, scope, now, context, startedAt)
  const hash = hashSecret(refreshToken)
  if (!(await context.store.rotateRefreshToken(grantId, hash, record, sealed, now, leaseOwner))) return undefined
  const { subject } = userGrant
  context.events.emit('refreshed', { at: now, grantId, clientId: client.client_id, subject, scope })
  return jsonResponse(200, response)
}

/** @throws {OAuthError} `invalid_scope` if the request asks for a scope that was not granted. */
function approvedGrant<Native>(family: TokenFamily, refresh: Refresh<Native>): ApprovedGrant<Native> {
  const { id: grantId, subject, username, scope: granted } = family
  const { client, parameters, request } = refresh.tokenRequest
  const scope = readRequestedScope(parameters.get('scope'), granted)
  if (scope === undefined) {
    emitRefused('refreshScope', family, refresh)
    throw new OAuthError('invalid_scope')
  }
  return {
    grantType: REFRESH_TOKEN_GRANT_TYPE,
    grantId,
    client,
    userGrant: { subject, approved: true, scope: granted, ...(username === undefined ? {} : { username }) },
    scope: tokenScope(scope, client, refresh.context),
    request,
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
function isReuse<Native>(rotatedAt: number, { now, options }: ServerContext<Native>): boolean {
  return now() - rotatedAt >= Math.max(options.redemptionGrace * 1000, PARALLEL)
}

async function endFamily<Native>(
  { id: grantId, clientId, subject }: TokenFamily,
  context: ServerContext<Native>,
): Promise<OAuthResponse> {
  const now = context.now()
  if (await context.store.revoke(grantId, now)) {
    context.events.emit('reuseDetected', { at: now, grantId, clientId, subject })
  }
  return pollAnswers.invalid_grant
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
  const inTime = now - rotatedAt < context.options.redemptionGrace * 1000
  const sealed = inTime ? await context.store.replayRotation(grantId, hashSecret(refreshToken), now) : undefined
  const response = sealed === undefined ? undefined : unseal(responseKey(refreshToken), sealed)
  const event = { at: now, grantId, clientId: client.client_id, subject }
  context.events.emit('replayed', { ...event, outcome: response === undefined ? 'refused' : 'answered' })
  return response === undefined ? pollAnswers.invalid_grant : jsonResponse(200, JSON.parse(response))
}

function emitRefused<Native>(
  reason: RefusalReason,
  { id: grantId, subject }: TokenFamily,
  { tokenRequest: { client, request }, context }: Refresh<Native>,
): void {
  const clientId = client.client_id
  context.events.emit('refused', { at: context.now(), reason, clientId, grantId, subject, ip: request.ip })
}

/** Answers a token that the store does not know. If this server issued it, it was replaced long ago, and its family is revoked. */
async function answerUnknown<Native>(
  { grantId, genuine }: { readonly grantId: string; readonly genuine: boolean },
  { client }: TokenRequest<Native>,
  context: ServerContext<Native>,
): Promise<OAuthResponse> {
  const now = context.now()
  const credential = genuine ? await context.store.findDeviceCredential(grantId, now) : undefined
  if (credential?.clientId === client.client_id && (await context.store.revoke(grantId, now))) {
    const subject = credential.userGrant?.subject ?? ''
    context.events.emit('reuseDetected', { at: now, grantId, clientId: client.client_id, subject })
  }
  return pollAnswers.invalid_grant
}
