import { isOtherDevice } from '../clients/attestation.ts'
import type { ServerContext } from '../contract/context.ts'
import type { RefusalReason } from '../contract/events.ts'
import type { GrantHandler } from '../contract/grant.ts'
import type { ApprovedGrant, TokenRequest } from '../contract/hook-arguments.ts'
import type { FoundToken, TokenFamily } from '../contract/store.ts'
import type { TokenTarget } from '../contract/target.ts'
import { hashSecret } from '../crypto/secrets.ts'
import { isOAuthError, OAuthError, temporarilyUnavailable } from '../errors.ts'
import { jsonResponse, type OAuthResponse } from '../http.ts'
import { createRefreshTokenLimit } from '../limits/refresh-tokens.ts'
import { detailParameters } from '../policy/authorization-details.ts'
import { ACCESS_TOKEN_TYPE, TOKEN_EXCHANGE_GRANT_TYPE, type TokenResponse } from '../protocol.ts'
import { isWithinScope, readScope } from '../scope.ts'
import { findToken } from '../tokens/find-token.ts'
import { narrowTarget } from './exchange-target.ts'
import { grantOfFamily } from './family-grant.ts'
import { isGivenUp } from './given-up.ts'
import { issueToken, mayIssue, tokenRecord, tokenScope } from './issue.ts'

type SubjectToken = Extract<FoundToken, { readonly issuedAt: number }>

/** A request whose `subject_token` is a live access token of the client. */
interface Exchange<Native> {
  readonly subjectToken: string
  readonly found: SubjectToken
  readonly tokenRequest: TokenRequest<Native>
  readonly context: ServerContext<Native>
}

/**
 * The token exchange grant: a client gets an access token of the same family that can do less than the one that it presents.
 * @see {@link https://www.rfc-editor.org/rfc/rfc8693#section-2 RFC 8693 section 2}
 */
export function tokenExchangeGrant<Native>(context: ServerContext<Native>): GrantHandler<Native> {
  const limit = createRefreshTokenLimit(context)
  return {
    parameters: [
      'subject_token',
      'subject_token_type',
      'actor_token',
      'actor_token_type',
      'requested_token_type',
      'scope',
      ...detailParameters(context),
    ],
    boundParameter: 'subject_token',
    boundKind: 'accessToken',
    async respond(tokenRequest) {
      const { client, request } = tokenRequest
      const subjectToken = readSubjectToken(tokenRequest.parameters)
      const found = await findToken(subjectToken, context)
      if (found?.type === 'access_token' && found.family.clientId === client.client_id) {
        return exchange({ subjectToken, found, tokenRequest, context })
      }
      if (found !== undefined) emitRefused('exchangeToken', found.family, tokenRequest, context)
      // counted after the look-up: the wrong tokens of others never refuse a good one
      await limit.count({ token: subjectToken, genuine: false, clientId: client.client_id, ip: request.ip })
      throw invalidSubject()
    },
  }
}

/**
 * @throws {OAuthError} `invalid_request`
 * @see {@link https://www.rfc-editor.org/rfc/rfc8693#section-2.1 RFC 8693 section 2.1}
 */
function readSubjectToken(parameters: ReadonlyMap<string, string>): string {
  const subjectToken = parameters.get('subject_token')
  const type = parameters.get('subject_token_type')
  if (subjectToken === undefined) throw new OAuthError('invalid_request', 'subject_token is missing.')
  if (type === undefined) throw new OAuthError('invalid_request', 'subject_token_type is missing.')
  if (type !== ACCESS_TOKEN_TYPE)
    throw new OAuthError('invalid_request', `subject_token_type must be ${ACCESS_TOKEN_TYPE}.`)
  if ((parameters.get('requested_token_type') ?? ACCESS_TOKEN_TYPE) !== ACCESS_TOKEN_TYPE)
    throw new OAuthError('invalid_request', `requested_token_type must be ${ACCESS_TOKEN_TYPE}.`)
  if (parameters.has('actor_token') || parameters.has('actor_token_type'))
    throw new OAuthError('invalid_request', 'actor_token is not supported: the token stays one of this client.')
  return subjectToken
}

/** @see {@link https://www.rfc-editor.org/rfc/rfc8693#section-2.2.2 RFC 8693 section 2.2.2} */
function invalidSubject(): OAuthError {
  return new OAuthError('invalid_request', 'subject_token is not a live access token of this client.')
}

async function exchange<Native>(asked: Exchange<Native>): Promise<OAuthResponse> {
  const { found, subjectToken, tokenRequest, context } = asked
  const { family } = found
  if (isOtherDevice(family.requester, tokenRequest.request)) throw refuse('exchangeToken', asked, invalidSubject())
  const approved = await approvedGrant(asked)
  if (!(await mayIssue(approved, context)))
    throw refuse('exchangeDenied', asked, new OAuthError('invalid_request', 'The token may not be exchanged.'))
  const { token, response } = await issueToken(approved, context)
  if (isGivenUp(tokenRequest.request)) throw temporarilyUnavailable('The request took too long; try again.')
  const now = context.now()
  const record = {
    ...tokenRecord(withoutRefresh(token), approved, now, context, family.createdAt),
    accessTokenExpiresAt: Math.min(now + token.expires_in * 1000, approved.expiresBy),
  }
  const expiresIn = Math.floor((record.accessTokenExpiresAt - now) / 1000)
  if (expiresIn < 1) throw invalidSubject()
  if (!(await context.store.deriveAccessToken(family.id, hashSecret(subjectToken), record, now))) throw invalidSubject()
  // after the step of the store, so that the application saves no token that does not exist
  await context.hooks.saveToken(withoutRefresh(token), approved)
  const { id: grantId, clientId, subject } = family
  context.events.emit('exchanged', { at: now, grantId, clientId, subject, scope: approved.scope })
  const answer = { ...withoutRefresh(response), expires_in: expiresIn, issued_token_type: ACCESS_TOKEN_TYPE }
  return jsonResponse(200, answer)
}

/** A hook of the application may make a refresh token with each access token. This grant gives none. */
function withoutRefresh(response: TokenResponse): TokenResponse {
  const { refresh_token: _, ...others } = response
  return others
}

/** @throws {OAuthError} `invalid_scope`, `invalid_target` or `invalid_authorization_details` if the request asks for more. */
async function approvedGrant<Native>(
  asked: Exchange<Native>,
): Promise<ApprovedGrant<Native> & { readonly expiresBy: number }> {
  const { found, tokenRequest, context } = asked
  const { client, parameters, request, confirmation } = tokenRequest
  const scope = readNarrowScope(parameters.get('scope'), asked)
  const target = await readTarget(asked)
  const { tokenExchange } = context.options
  const lifetime = tokenExchange === false ? 0 : tokenExchange.expiresIn
  return {
    grantType: TOKEN_EXCHANGE_GRANT_TYPE,
    grantId: found.family.id,
    client,
    userGrant: grantOfFamily(found.family),
    scope: tokenScope(scope, client, context),
    ...(target === undefined ? {} : { target }),
    request,
    expiresBy: Math.min(found.expiresAt, context.now() + lifetime * 1000),
    ...(confirmation === undefined ? {} : { confirmation }),
  }
}

/** The requested scope, or that of the token. */
function readNarrowScope<Native>(requested: string | undefined, asked: Exchange<Native>): string {
  const { scope: own } = asked.found
  if (requested === undefined) return own
  const scope = readScope(requested).join(' ')
  if (isWithinScope(scope, own)) return scope
  throw refuse('exchangeScope', asked, new OAuthError('invalid_scope', 'subject_token does not have this scope.'))
}

async function readTarget<Native>(asked: Exchange<Native>): Promise<TokenTarget | undefined> {
  try {
    const { target, family } = asked.found
    return await narrowTarget(target, family.target, asked.tokenRequest, asked.context)
  } catch (error) {
    throw isOAuthError(error) ? refuse('exchangeTarget', asked, error) : error
  }
}

/** Tells the application of a refusal. @returns the error to throw */
function refuse<Native>(
  reason: RefusalReason,
  { found, tokenRequest, context }: Exchange<Native>,
  error: OAuthError,
): OAuthError {
  emitRefused(reason, found.family, tokenRequest, context)
  return error
}

function emitRefused<Native>(
  reason: RefusalReason,
  { id: grantId, subject }: TokenFamily,
  { client: { client_id: clientId }, request: { ip } }: TokenRequest<Native>,
  { events, now }: ServerContext<Native>,
): void {
  events.emit('refused', { at: now(), reason, clientId, grantId, subject, ip })
}
