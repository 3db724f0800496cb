import type { ServerContext } from '../contract/context.ts'
import type { GrantHandler } from '../contract/grant.ts'
import type { ApprovedGrant, TokenRequest } from '../contract/hook-arguments.ts'
import type { FoundToken, TokenFamily } from '../contract/store.ts'
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
      if (found.family.clientId !== tokenRequest.client.client_id) return pollAnswers.invalid_grant
      const refresh = { refreshToken, tokenRequest, context }
      if (found.type === 'rotated') return answerRotated(found, refresh)
      if (found.type !== 'refresh_token') return pollAnswers.invalid_grant
      return rotate(found.family, refresh)
    },
  }
}

async function rotate<Native>(family: TokenFamily, refresh: Refresh<Native>): Promise<OAuthResponse> {
  const { refreshToken, context } = refresh
  const approved = approvedGrant(family, refresh)
  if (!(await mayIssue(approved, context))) return pollAnswers.invalid_grant
  const hash = hashSecret(refreshToken)
  const response = context.overridden.has('saveToken')
    ? await underLease(approved, context, (owner) => issueAndRotate(approved, refresh, owner), hash)
    : await issueAndRotate(approved, refresh)
  if (response !== undefined) return response
  // a parallel refresh was faster: both get the same successor
  const found = await context.store.findToken(family.id, hash, context.now())
  if (found?.type === 'rotated') return answerRotated(found, refresh)
  if (found?.type === 'refresh_token') throw temporarilyUnavailable('Another request refreshes this token.')
  return pollAnswers.invalid_grant
}

/** Issues tokens and stores them if the refresh token is still the current one; `leaseOwner` is the holder of the lease, if there is one. */
async function issueAndRotate<Native>(
  approved: ApprovedGrant<Native>,
  { refreshToken, context }: Refresh<Native>,
  leaseOwner?: string,
): Promise<OAuthResponse | undefined> {
  const { token, response } = await issueToken(approved, context)
  if (leaseOwner !== undefined) await context.hooks.saveToken(token, approved)
  const now = context.now()
  const { client, grantId, scope, userGrant } = approved
  const sealed = seal(responseKey(refreshToken), JSON.stringify(response))
  const record = tokenRecord(token, scope, now, context)
  const hash = hashSecret(refreshToken)
  if (!(await context.store.rotateRefreshToken(grantId, hash, record, sealed, now, leaseOwner))) return undefined
  const { subject } = userGrant
  context.events.emit('refreshed', { at: now, grantId, clientId: client.client_id, subject, scope })
  return jsonResponse(200, response)
}

/** @throws {OAuthError} `invalid_scope` if the request asks for a scope that was not granted. */
function approvedGrant<Native>(
  { id: grantId, subject, username, scope: granted }: TokenFamily,
  { tokenRequest: { client, parameters, request }, context }: Refresh<Native>,
): ApprovedGrant<Native> {
  const requested = parameters.get('scope')
  const scope = requested === undefined ? granted : readScope(requested).join(' ')
  if (!isWithinScope(scope, granted)) throw new OAuthError('invalid_scope')
  return {
    grantType: REFRESH_TOKEN_GRANT_TYPE,
    grantId,
    client,
    userGrant: { subject, approved: true, scope: granted, ...(username === undefined ? {} : { username }) },
    scope: tokenScope(scope, client, context),
    request,
  }
}

/** Answers the token before the current one: within the grace with the lost answer, later as a theft. */
async function answerRotated<Native>(
  { family, rotatedAt, sealedResponse }: FoundToken & { type: 'rotated' },
  { refreshToken, context }: Refresh<Native>,
): Promise<OAuthResponse> {
  const { id: grantId, clientId, subject } = family
  const now = context.now()
  const grace = context.options.redemptionGrace * 1000
  if (now - rotatedAt < grace) {
    const response = unseal(responseKey(refreshToken), sealedResponse)
    if (response !== undefined) {
      context.events.emit('replayed', { at: now, grantId, clientId, subject, outcome: 'answered' })
      return jsonResponse(200, JSON.parse(response))
    }
  }
  if (now - rotatedAt >= Math.max(grace, PARALLEL)) {
    await context.store.revoke(grantId, now)
    context.events.emit('reuseDetected', { at: now, grantId, clientId, subject })
  }
  return pollAnswers.invalid_grant
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
