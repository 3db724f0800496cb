import { DeviceFlow } from './device-flow.ts'
import type { DeviceAuthorizationResult, DeviceCode } from './endpoints/device-authorization.ts'
import type { DeviceFlowOptions } from './flow/options.ts'
import type { SignInResult } from './polling/loop.ts'

/** As for a flow; the host is the issuer. */
export type HostOptions = Omit<DeviceFlowOptions, 'issuer' | 'pkce' | 'nonceMode'>

/** Codes of a server, for an application that shows them its own way; then {@link poll}. */
export function getDeviceCode(host: string, options: HostOptions): Promise<DeviceAuthorizationResult> {
  return new DeviceFlow({ ...options, issuer: host, nonceMode: 'disabled' }).grant()
}

/** Waits for the tokens of codes. */
export async function poll(host: string, code: DeviceCode, options: HostOptions): Promise<SignInResult> {
  const answeredAt = code.expiresAt - code.expiresIn * 1000
  const { clientId } = options
  const snapshot = { version: 1, options: { clientId, issuer: host }, session: { ...code, answeredAt } } as const
  const flow = DeviceFlow.resume(snapshot, options)
  flow.startPolling()
  const result = await flow.finished()
  flow.close()
  return result
}
