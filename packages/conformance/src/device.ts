import type { ConformanceContext } from './case.ts'
import {
  client,
  credentialsOf,
  deviceCodeGrantType,
  deviceUserAgent,
  type HeaderPairs,
  type Parameters,
  post,
  postAs,
} from './client.ts'
import { ConformanceFailure, check, expectJson, expectTokens, type Tokens } from './expect.ts'
import type { HttpResponse } from './http.ts'
import { type ConformanceClient, ConformanceSkip, skip } from './target.ts'

/** A device authorization response, with the client that asked for it. */
export interface Device {
  readonly client: ConformanceClient
  readonly device_code: string
  readonly user_code: string
  readonly verification_uri: string
  readonly verification_uri_complete: string | undefined
  /** Seconds. */
  readonly expires_in: number
  /** Seconds. 5 if the server sends none, as RFC 8628 section 3.2 says. */
  readonly interval: number
  readonly response: HttpResponse
}

/** Sends a device authorization request with the credentials, the scope and the User-Agent of the client. */
export function requestDevice(
  t: ConformanceContext,
  who: ConformanceClient,
  parameters: Parameters = {},
): Promise<HttpResponse> {
  const credentials = credentialsOf(who)
  const scope = who.scope === undefined ? {} : { scope: who.scope }
  const headers: HeaderPairs = [...credentials.headers, ['User-Agent', deviceUserAgent]]
  return post(t, t.endpoints.deviceAuthorization, { ...credentials.parameters, ...scope, ...parameters }, headers)
}

/** Reads a device authorization response. Fails if it lacks a member that the other cases need. */
export function readDevice(response: HttpResponse, who: ConformanceClient): Device {
  check(response.status === 200, '200 with a device_code', response)
  const content = expectJson(response)
  const { device_code, user_code, verification_uri, verification_uri_complete, expires_in, interval } = content
  check(typeof device_code === 'string' && device_code !== '', 'device_code, a string', response)
  check(typeof user_code === 'string' && user_code !== '', 'user_code, a string', response)
  check(typeof verification_uri === 'string', 'verification_uri, a string', response)
  return {
    client: who,
    device_code,
    user_code,
    verification_uri,
    verification_uri_complete: typeof verification_uri_complete === 'string' ? verification_uri_complete : undefined,
    expires_in: Number(expires_in),
    interval: typeof interval === 'number' ? interval : 5,
    response,
  }
}

/** Runs a step that comes before what a case is about. If the server fails it, the case is skipped and its result says why. */
export async function prepare<T>(what: string, step: () => Promise<T>): Promise<T> {
  try {
    return await step()
  } catch (error) {
    if (error instanceof ConformanceFailure) throw skip(`needs ${what}, but the server failed: ${error.message}`)
    throw error
  }
}

/** A device that has its codes. Default client: `public`. Skips the case if the server issues none. */
export function startDevice(
  t: ConformanceContext,
  who: ConformanceClient = client(t, 'public'),
  parameters: Parameters = {},
): Promise<Device> {
  return prepare('device and user codes', async () => {
    const device = readDevice(await requestDevice(t, who, parameters), who)
    t.pacing.start(device.device_code, device.interval)
    return device
  })
}

type Redeemable = Pick<Device, 'device_code' | 'client'>

/** Sends the token request of a device at once, even if it is too early. For the cases about early and parallel polls. */
export async function pollNow(
  t: ConformanceContext,
  device: Redeemable,
  who: ConformanceClient = device.client,
  more: Parameters = {},
): Promise<HttpResponse> {
  const { device_code } = device
  const response = await postAs(t, who, t.endpoints.token, { grant_type: deviceCodeGrantType, device_code, ...more })
  t.pacing.polled(device_code, response.text)
  return response
}

/** Sends the token request of a device when its interval is over, by default with the credentials of its own client. */
export async function poll(
  t: ConformanceContext,
  device: Redeemable,
  who: ConformanceClient = device.client,
  more: Parameters = {},
): Promise<HttpResponse> {
  await t.pacing.beforePoll(device.device_code)
  return pollNow(t, device, who, more)
}

/** Waits for a method of the target. An error gets the name of the method, so that it is not taken for a fault of the server. */
async function callTarget(decision: Promise<void>, name: string): Promise<void> {
  try {
    await decision
  } catch (error) {
    if (error instanceof ConformanceSkip) throw error
    throw new Error(`target.${name} failed: ${error instanceof Error ? error.message : String(error)}`)
  }
}

/** Approves the user code of a device. */
export function approve(t: ConformanceContext, device: Device): Promise<void> {
  return callTarget(t.target.approve(device.user_code), 'approve')
}

/** Approves only a part of the scope that a device requested. Skips the case if the target cannot. */
export async function approveScope(t: ConformanceContext, device: Device, scope: string): Promise<void> {
  if (t.target.approveScope === undefined) throw skip('needs target.approveScope')
  await callTarget(t.target.approveScope(device.user_code, scope), 'approveScope')
}

/** Denies the user code of a device. */
export function deny(t: ConformanceContext, device: Device): Promise<void> {
  return callTarget(t.target.deny(device.user_code), 'deny')
}

/** Makes a decision that the server may refuse. Resolves with `false` if it did. */
export async function tryDecision(decision: Promise<void>): Promise<boolean> {
  try {
    await decision
    return true
  } catch (error) {
    if (error instanceof ConformanceSkip) throw error
    return false
  }
}

/** A device that has been approved and has its tokens. Skips the case if the server issues none. */
export async function signIn(
  t: ConformanceContext,
  who?: ConformanceClient,
  parameters?: Parameters,
): Promise<Device & { readonly tokens: Tokens }> {
  const device = await startDevice(t, who, parameters)
  await approve(t, device)
  return { ...device, tokens: await prepare('tokens', async () => expectTokens(await poll(t, device))) }
}

/** A device with tokens, one of which is a refresh token. Skips the case if the server issues none. */
export async function signInWithRefreshToken(
  t: ConformanceContext,
  who?: ConformanceClient,
  parameters?: Parameters,
): Promise<Device & { readonly tokens: Tokens; readonly refreshToken: string }> {
  const device = await signIn(t, who, parameters)
  const refreshToken = device.tokens.refresh_token
  if (refreshToken === undefined) throw skip(`needs a refresh token, but ${device.client.client_id} gets none`)
  return { ...device, refreshToken }
}

/** Sends a refresh request, with `scope` or other parameters for less than everything. */
export function refresh(
  t: ConformanceContext,
  who: ConformanceClient,
  refreshToken: string,
  more: Parameters = {},
): Promise<HttpResponse> {
  return postAs(t, who, t.endpoints.token, { grant_type: 'refresh_token', refresh_token: refreshToken, ...more })
}

/** Waits: by moving the clock of the target, or in real time if the wait is short. Otherwise skips the case. */
export function wait(t: ConformanceContext, seconds: number): Promise<void> {
  return t.pacing.wait(seconds)
}

/** Moves the clock of the target if it has one, so that the limits that one case uses up do not affect the next. */
export async function advanceIfPossible(t: ConformanceContext, seconds: number): Promise<void> {
  if (t.target.advance !== undefined) await t.pacing.wait(seconds)
}
