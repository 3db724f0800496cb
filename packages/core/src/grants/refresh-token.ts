import type { ServerContext } from '../contract/context.ts'
import type { GrantHandler } from '../contract/grant.ts'
import type { ApprovedGrant, TokenRequest } from '../contract/hooks.ts'
import type { FoundToken, TokenFamily } from '../contract/store.ts'
import { seal, unseal } from '../crypto/seal.ts'
import { hashSecret } from '../crypto/secrets.ts'
import { OAuthError, pollAnswers } from '../errors.ts'
import { jsonResponse, type OAuthResponse } from '../http.ts'
import { REFRESH_TOKEN_GRANT_TYPE } from '../protocol.ts'
import { isWithinScope, readScope } from '../scope.ts'
import { readRefreshToken } from '../tokens/refresh-token.ts'
import { issueToken, mayIssue, tokenRecord, tokenScope } from './issue.ts'
import { responseKey } from './redeem.ts'
import { PARALLEL } from './replay.ts'

/**
 * The refresh token grant: each use gives a new refresh token; one that has been replaced ends the grant.
 * @see {@link https://www.rfc-editor.org/rfc/rfc6749#section-6 RFC 6749 section 6}
 * @see {@link https://www.rfc-editor.org/rfc/rfc9700#section-4.14.2 RFC 9700 section 4.14.2}
 */
export function refreshTokenGrant<Native>(context: ServerContext<Native>): GrantHandler<Native> {
  return {
    parameters: ['refresh_token', 'scope'],
    async handle(tokenRequest) {
      const presented = tokenRequest.parameters.get('refresh_token')
      if (presented === undefined) throw new OAuthError('invalid_request', 'refresh_token is missing.')
      const read = readRefreshToken(presented, context.tokenKey)
      if (read === undefined) return pollAnswers.invalid_grant
      const found = await context.store.findToken(read.grantId, hashSecret(presented), context.now())
      if (found === undefined) return refuse(read.grantId, read.genuine, tokenRequest, context)
      if (found.family.clientId !== tokenRequest.client.client_id) return pollAnswers.invalid_grant
      if (found.type === 'rotated') return again(found, presented, context)
      if (found.type !== 'refresh_token') return pollAnswers.invalid_grant
      return rotate(found.family, presented, tokenRequest, context)
    },
  }
}

async function rotate<Native>(
  family: TokenFamily,
  presented: string,
  { client, parameters, request }: TokenRequest<Native>,
  context: ServerContext<Native>,
): Promise<OAuthResponse> {
  const { id: grantId, subject, username } = family
  const requested = parameters.get('scope')
  const scope = requested === undefined ? family.scope : readScope(requested).join(' ')
  if (!isWithinScope(scope, family.scope)) throw new OAuthError('invalid_scope')
  const approved: ApprovedGrant<Native> = {
    grantType: REFRESH_TOKEN_GRANT_TYPE,
    grantId,
    client,
    userGrant: { subject, approved: true, scope: family.scope, ...(username === undefined ? {} : { username }) },
    scope: tokenScope(scope, client, context),
    request,
  }
  if (!(await mayIssue(approved, context))) return pollAnswers.invalid_grant
  const { token, response } = await issueToken(approved, context)
  await context.hooks.saveToken(token, approved)
  const now = context.now()
  const sealed = seal(responseKey(presented), JSON.stringify(response))
  const record = tokenRecord(token, approved.scope, now, context)
  const hash = hashSecret(presented)
  if (await context.store.rotateRefreshToken(grantId, hash, record, sealed, now)) {
    context.events.emit('refreshed', { at: now, grantId, clientId: client.client_id, subject, scope: approved.scope })
    return jsonResponse(200, response)
  }
  // a parallel refresh was faster: both get the same successor
  const found = await context.store.findToken(grantId, hash, now)
  return found?.type === 'rotated' ? again(found, presented, context) : pollAnswers.invalid_grant
}

/** The token before the current one: a lost answer is given again for a while, a later use is a theft. */
async function again<Native>(
  { family, rotatedAt, sealedResponse }: FoundToken & { type: 'rotated' },
  presented: string,
  context: ServerContext<Native>,
): Promise<OAuthResponse> {
  const { id: grantId, clientId, subject } = family
  const now = context.now()
  const grace = context.options.redemptionGrace * 1000
  if (now - rotatedAt < grace) {
    const response = unseal(responseKey(presented), sealedResponse)
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

/** A token that the store does not know: when it was issued here for this client, it has been replaced long ago. */
async function refuse<Native>(
  grantId: string,
  genuine: boolean,
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
