import { DeviceFlow } from './device-flow.ts'
import type { DeviceAuthorizationResult, DeviceCode } from './endpoints/device-authorization.ts'
import { checkFlowOptions } from './flow/option-checks.ts'
import type { DeviceFlowOptions } from './flow/options.ts'
import type { SignInResult } from './polling/loop.ts'
import { isText } from './runtime/options.ts'

/** The options of {@link getDeviceCode} and {@link poll}: those of a flow without the issuer, which is a parameter of its own. */
export type DeviceCodeOptions = Omit<DeviceFlowOptions, 'issuer' | 'pkce' | 'nonceMode'>

/**
 * Requests codes, for an application that shows them in its own way. Then call {@link poll}.
 *
 * @param issuer - The issuer URL of the server.
 * @returns The codes, or a failure.
 * @throws {TypeError} that names an argument that is missing, misspelt or wrong; never rejects otherwise.
 * @example
 * const code = await getDeviceCode('https://as.example.com', { clientId: 'tv' })
 * if (code.ok) {
 *   show(code.userCode, code.uri)
 *   const result = await poll('https://as.example.com', code, { clientId: 'tv' })
 * }
 * @see {@link https://www.rfc-editor.org/rfc/rfc8628#section-3.1 RFC 8628 section 3.1}
 */
export async function getDeviceCode(issuer: string, options: DeviceCodeOptions): Promise<DeviceAuthorizationResult> {
  const given = checkFlowOptions('getDeviceCode', { ...options, issuer })
  return new DeviceFlow({ ...given, nonceMode: 'disabled' }).getDeviceCode()
}

/**
 * Polls for the tokens of a device code until the sign-in ends.
 *
 * @param issuer - The issuer URL of the server.
 * @param code - The codes of {@link getDeviceCode}.
 * @returns The tokens, or the reason why the sign-in failed.
 * @throws {TypeError} that names an argument that is missing, misspelt or wrong; never rejects otherwise.
 * @see {@link https://www.rfc-editor.org/rfc/rfc8628#section-3.4 RFC 8628 section 3.4}
 */
export function poll(issuer: string, code: DeviceCode, options: DeviceCodeOptions): Promise<SignInResult>
/**
 * Polls for the tokens of a device code alone. Only the server knows when it expires, so the polls go on until the server says so.
 *
 * @param issuer - The issuer URL of the server.
 * @param interval - Seconds between polls.
 * @returns The tokens, or the reason why the sign-in failed.
 * @throws {TypeError} that names an argument that is missing, misspelt or wrong; never rejects otherwise.
 * @see {@link https://www.rfc-editor.org/rfc/rfc8628#section-3.4 RFC 8628 section 3.4}
 */
export function poll(
  issuer: string,
  deviceCode: string,
  interval: number,
  options: DeviceCodeOptions,
): Promise<SignInResult>
export async function poll(
  issuer: string,
  code: DeviceCode | string,
  ...rest: [DeviceCodeOptions] | [number, DeviceCodeOptions]
): Promise<SignInResult> {
  const [interval, options] = rest.length === 1 ? [5, rest[0]] : rest
  if (typeof code !== 'string' && isText(Object(code).deviceCode) !== undefined)
    throw new TypeError('poll needs the codes of getDeviceCode(), or a device code, as its second argument.')
  const flow = new DeviceFlow(checkFlowOptions('poll', { ...options, issuer }))
  const result = await flow.poll(code, interval)
  flow.close()
  return result
}
