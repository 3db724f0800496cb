import { defined } from '../http/failure.ts'
import type { DeviceFlowOptions } from './options.ts'
import type { FlowSession, SessionData } from './session.ts'
import type { FlowProperties } from './state.ts'

/** The tokens of a snapshot. `expiration` is epoch milliseconds. */
type SnapshotTokens = Pick<FlowProperties, 'token' | 'refreshToken' | 'idToken' | 'expiration' | 'grantedScope'>

/** The options of a flow that are plain data and no secrets. */
type SnapshotOptions = Pick<
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

/** The state of a flow as JSON, for `DeviceFlow.resume()`. Contains the codes and the tokens in clear. */
export interface FlowSnapshot {
  readonly version: 1
  readonly options: SnapshotOptions
  /** The sign-in that waits for approval, if there is one. */
  readonly session?: SessionData | undefined
  readonly tokens?: SnapshotTokens | undefined
}

/** Makes the snapshot of a flow. */
export function snapshotOf(
  options: DeviceFlowOptions,
  properties: FlowProperties,
  session?: FlowSession,
): FlowSnapshot {
  const { issuer, deviceAuthorizationEndpoint, tokenEndpoint, revocationEndpoint, clientId, scope } = options
  const { resource, parameters, dangerouslyAllowHttp } = options
  const { token, refreshToken, idToken, expiration, grantedScope, autoRefresh, refreshLeadTime } = properties
  const server = { issuer, deviceAuthorizationEndpoint, tokenEndpoint, revocationEndpoint }
  const more = defined({ ...server, scope, resource, parameters, dangerouslyAllowHttp })
  return {
    version: 1,
    options: { clientId, ...more, autoRefresh, refreshLeadTime },
    session: session?.toJSON(),
    tokens: token === undefined ? undefined : { token, refreshToken, idToken, expiration, grantedScope },
  }
}

/** The properties of a flow that continues from a snapshot. */
export function propertiesOf({ session, tokens }: FlowSnapshot): Partial<FlowProperties> {
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
