import { defined } from '../http/failure.ts'
import type { DeviceFlowOptions } from './options.ts'
import type { FlowSession, SessionData } from './session.ts'
import type { FlowProperties } from './state.ts'

/** The tokens of a snapshot. `expiration` is epoch milliseconds. */
type SnapshotTokens = Pick<
  FlowProperties,
  'token' | 'tokenType' | 'refreshToken' | 'idToken' | 'expiration' | 'grantedScope'
>

/** The options of a flow that are plain data and no secrets. */
const names = [
  'issuer',
  'deviceAuthorizationEndpoint',
  'tokenEndpoint',
  'revocationEndpoint',
  'maxPollWait',
  'clientId',
  'scope',
  'resource',
  'parameters',
  'profile',
  'pkce',
  'nonceMode',
  'requireIdToken',
  'onExpired',
  'autoRefresh',
  'refreshLeadTime',
  'dangerouslyAllowHttp',
] as const
type SnapshotOptions = Pick<DeviceFlowOptions, (typeof names)[number]>

/** The state of a flow as JSON, for `DeviceFlow.resume()`. Contains the codes and the tokens in clear. */
export interface FlowSnapshot {
  readonly version: 1
  readonly options: SnapshotOptions
  /** The sign-in that waits for approval, if there is one. */
  readonly session?: SessionData | undefined
  readonly tokens?: SnapshotTokens | undefined
  /** The JWK thumbprint of the key to which codes and tokens are bound; the key itself is in no snapshot. */
  readonly keyThumbprint?: string | undefined
}

/**
 * Reads a snapshot, also one that is still the text.
 *
 * @throws {TypeError} when it is no snapshot.
 */
export function readSnapshot(given: FlowSnapshot | string): FlowSnapshot {
  try {
    const snapshot: FlowSnapshot = typeof given === 'string' ? JSON.parse(given) : given
    if (snapshot.version === 1 && typeof snapshot.options.clientId === 'string') return snapshot
  } catch {
    // reported below
  }
  throw new TypeError('The snapshot is not one that DeviceFlow.toJSON() made.')
}

/**
 * Refuses to continue with another key: codes and tokens are bound to that of the snapshot.
 *
 * @throws {TypeError} when the key is missing or another one.
 */
export function checkKey({ keyThumbprint }: FlowSnapshot, { dpop }: Partial<DeviceFlowOptions>): void {
  if (keyThumbprint !== undefined && dpop?.thumbprint !== keyThumbprint)
    throw new TypeError('The snapshot is bound to a key: give its prover as the option `dpop`.')
}

/** Makes the snapshot of a flow. */
export function snapshotOf(
  options: DeviceFlowOptions,
  properties: FlowProperties,
  session?: FlowSession,
): FlowSnapshot {
  const { token, tokenType, refreshToken, idToken, expiration, grantedScope, autoRefresh, refreshLeadTime } = properties
  const kept = Object.fromEntries(names.map((name) => [name, options[name]]))
  return {
    version: 1,
    options: { ...defined(kept), clientId: options.clientId, autoRefresh, refreshLeadTime },
    session: session?.toJSON(),
    keyThumbprint: options.dpop?.thumbprint,
    tokens:
      (token ?? refreshToken) === undefined
        ? undefined
        : { token, tokenType, refreshToken, idToken, expiration, grantedScope },
  }
}

/** The properties of a flow that continues from a snapshot. */
export function propertiesOf({ session, tokens }: FlowSnapshot): Partial<FlowProperties> {
  if (session === undefined) return tokens?.token ? { ...tokens, status: 'granted' } : { ...tokens }
  const { userCode, verificationUri, verificationUriComplete, expiresAt, nonce } = session
  const shown = { userCode, verificationUri, verificationUriComplete, expiresAt, nonce }
  return { ...tokens, ...shown, status: 'temporaryCredentialsReceived' }
}
