import { defined } from '../http/failure.ts'
import type { DeviceFlowOptions } from './options.ts'
import type { FlowSession, SessionData } from './session.ts'
import type { FlowProperties, FlowState } from './state.ts'

type Tokens = Pick<FlowProperties, 'token' | 'refreshToken' | 'idToken' | 'expiration' | 'grantedScope'>
type PlainOptions = Pick<
  DeviceFlowOptions,
  | 'issuer'
  | 'deviceAuthorizationEndpoint'
  | 'tokenEndpoint'
  | 'revocationEndpoint'
  | 'clientId'
  | 'scope'
  | 'resource'
  | 'parameters'
  | 'autoRefresh'
  | 'refreshLeadTime'
  | 'dangerouslyAllowHttp'
>

/** A flow as JSON, with its secrets. */
export interface FlowSnapshot {
  readonly version: 1
  readonly options: PlainOptions
  readonly session?: SessionData | undefined
  readonly tokens?: Tokens | undefined
}

/** What can be written down of a flow. */
export function snapshotOf(options: DeviceFlowOptions, state: FlowState, session?: FlowSession): FlowSnapshot {
  const { issuer, deviceAuthorizationEndpoint, tokenEndpoint, revocationEndpoint, clientId, scope } = options
  const { resource, parameters, dangerouslyAllowHttp } = options
  const { token, refreshToken, idToken, expiration, grantedScope, autoRefresh, refreshLeadTime } = state
  const server = { issuer, deviceAuthorizationEndpoint, tokenEndpoint, revocationEndpoint }
  const more = defined({ ...server, scope, resource, parameters, dangerouslyAllowHttp })
  return {
    version: 1,
    options: { clientId, ...more, autoRefresh, refreshLeadTime },
    session: session?.toJSON(),
    tokens: token === undefined ? undefined : { token, refreshToken, idToken, expiration, grantedScope },
  }
}

/** The properties that a snapshot stands for. */
export function restored({ session, tokens }: FlowSnapshot): Partial<FlowProperties> {
  const waiting = session !== undefined && {
    userCode: session.userCode,
    verificationUri: session.verificationUri,
    verificationUriComplete: session.verificationUriComplete,
    expiresAt: session.expiresAt,
    nonce: session.nonce,
    status: 'temporaryCredentialsReceived' as const,
  }
  return { ...(tokens && { ...tokens, status: 'granted' }), ...(waiting || {}) }
}
