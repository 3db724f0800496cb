import { randomText } from '../auth/base64url.ts'
import { type ClientAuthentication, none } from '../auth/client-authentication.ts'
import { createPkce } from '../auth/pkce.ts'
import { type DeviceAuthorizationRequest, joinedScope } from '../endpoints/device-authorization.ts'
import type { Endpoints } from '../endpoints/server.ts'
import type { RefreshTokenRequest, Token } from '../endpoints/token.ts'
import { defined, type Failure, failure } from '../http/failure.ts'
import type { EndpointRequest, Parameters } from '../http/post.ts'
import { printable } from '../http/printable.ts'
import type { PollRequest } from '../polling/loop.ts'
import { systemClock } from '../runtime/clock.ts'
import { idTokenProblem } from './id-token.ts'
import type { DeviceFlowOptions, Stage } from './options.ts'
import type { FlowSession } from './session.ts'

/** What only the device knows of its request, and has to remember. */
export interface RequestSecrets {
  readonly codeVerifier?: string
  readonly nonce?: string
}

function common(options: DeviceFlowOptions, stage: Stage, address: string, parameters: Parameters): EndpointRequest {
  const { clientId, headers, dpop, authentication, onRequest, resource } = options
  const authenticated: ClientAuthentication = async (draft) => {
    await (authentication ?? none())(draft)
    await onRequest?.(draft, stage)
  }
  return {
    address,
    clientId,
    authentication: onRequest === undefined ? authentication : authenticated,
    parameters: { resource, ...parameters },
    headers,
    dpop,
  }
}

/** The request for codes, with a new nonce and challenge where they are wanted. */
export async function codesRequest(
  options: DeviceFlowOptions,
  { deviceAuthorizationEndpoint }: Endpoints,
): Promise<{ readonly request: DeviceAuthorizationRequest; readonly secrets: RequestSecrets }> {
  const { pkce = false, nonceMode = 'automatic', scope, parameters } = options
  const isNonceSent = nonceMode === 'enabled' || (nonceMode === 'automatic' && hasOpenid(joinedScope(scope)))
  const nonce = isNonceSent ? randomText() : undefined
  const { codeVerifier, codeChallenge } = pkce ? await createPkce() : {}
  const challenge = pkce ? { code_challenge: codeChallenge, code_challenge_method: 'S256' } : {}
  const request = common(options, 'authorization', deviceAuthorizationEndpoint, { ...parameters, ...challenge, nonce })
  return { request: { ...request, scope }, secrets: defined({ codeVerifier, nonce }) }
}

/** The request of each poll. */
export function pollRequest(
  options: DeviceFlowOptions,
  { tokenEndpoint }: Endpoints,
  session: FlowSession,
): PollRequest {
  const { deviceCode, userCode, expiresAt, interval, answeredAt, codeVerifier } = session.toJSON()
  const request = common(options, 'token', tokenEndpoint, { ...options.parameters, code_verifier: codeVerifier })
  return { ...request, deviceCode, userCode, scope: options.scope, expiresAt, interval, answeredAt }
}

/** The request for a refresh. */
export function refreshRequest(
  options: DeviceFlowOptions,
  { tokenEndpoint }: Endpoints,
  refreshToken: string,
): RefreshTokenRequest {
  return { ...common(options, 'refresh', tokenEndpoint, {}), refreshToken }
}

/** What is wrong with the id_token, where one is due: when `openid` is granted. */
export async function checkIdToken(
  options: DeviceFlowOptions,
  token: Token,
  nonce: string | undefined,
): Promise<Failure | undefined> {
  const { scope, clientId, nonceMode, profile, issuer, verifyIdToken, clock = systemClock } = options
  const { idToken } = token
  if (idToken === undefined) {
    const isDue = hasOpenid(token.scope ?? joinedScope(scope))
    return isDue ? failure('invalid_id_token', { errorDescription: 'The answer has no id_token.' }) : undefined
  }
  const problem = idTokenProblem(idToken, {
    clientId,
    issuer: profile?.tenantIssuers === true ? undefined : issuer,
    nonce,
    isNonceRequired: nonceMode === 'enabled',
    now: clock.now(),
  })
  if (problem !== undefined)
    return failure('invalid_id_token', { errorDescription: `The id_token is refused: ${problem}.` })
  try {
    await verifyIdToken?.(idToken)
    return undefined
  } catch (error) {
    const errorDescription = printable(error instanceof Error ? error.message : '')
    return failure('invalid_id_token', { errorDescription: `The id_token is refused: ${errorDescription}` })
  }
}

function hasOpenid(scope: string | undefined): boolean {
  return scope?.split(' ').includes('openid') === true
}
