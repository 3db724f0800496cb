import { setTimeout as sleep } from 'node:timers/promises'
import type { ConformanceContext } from './case.ts'
import { client, credentials, deviceCodeGrantType, deviceUserAgent, type HeaderPairs, post, postAs } from './client.ts'
import { check, expectJson, expectTokens, type Tokens } from './expect.ts'
import type { HttpResponse } from './http.ts'
import { type ConformanceClient, ConformanceSkip, skip } from './target.ts'

/** What the device authorization endpoint answered, and to whom. */
export interface Device {
  readonly client: ConformanceClient
  readonly device_code: string
  readonly user_code: string
  readonly verification_uri: string
  readonly verification_uri_complete: string | undefined
  readonly expires_in: number
  /** 5 where the server sends none, as RFC 8628 section 3.2 has it. */
  readonly interval: number
  readonly response: HttpResponse
}

/** A device authorization request with everything that the client usually asks for. */
export function requestDevice(
  t: ConformanceContext,
  who: ConformanceClient,
  parameters: Readonly<Record<string, string>> = {},
): Promise<HttpResponse> {
  const own = credentials(who)
  const scope = who.scope === undefined ? {} : { scope: who.scope }
  const headers: HeaderPairs = [...own.headers, ['User-Agent', deviceUserAgent]]
  return post(t, t.endpoints.deviceAuthorization, { ...own.parameters, ...scope, ...parameters }, headers)
}

/** The members of a device authorization response that the other cases rest on. */
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

/** A device that has its codes; `public` unless said otherwise. */
export async function startDevice(
  t: ConformanceContext,
  who: ConformanceClient = client(t, 'public'),
): Promise<Device> {
  return readDevice(await requestDevice(t, who), who)
}

/** The token request of a device, by default as its own client. */
export function poll(
  t: ConformanceContext,
  device: Pick<Device, 'device_code' | 'client'>,
  who: ConformanceClient = device.client,
): Promise<HttpResponse> {
  return postAs(t, who, t.endpoints.token, { grant_type: deviceCodeGrantType, device_code: device.device_code })
}

async function decide(decision: Promise<void>, name: string): Promise<void> {
  try {
    await decision
  } catch (error) {
    if (error instanceof ConformanceSkip) throw error
    throw new Error(`target.${name} failed: ${error instanceof Error ? error.message : String(error)}`)
  }
}

export function approve(t: ConformanceContext, device: Device, scope?: string): Promise<void> {
  return decide(t.target.approve(device.user_code, scope === undefined ? undefined : { scope }), 'approve')
}

export function deny(t: ConformanceContext, device: Device): Promise<void> {
  return decide(t.target.deny(device.user_code), 'deny')
}

/** A decision that the server may refuse; what counts is what the polls say afterwards. */
export async function tryDecision(decision: Promise<void>): Promise<boolean> {
  try {
    await decision
    return true
  } catch (error) {
    if (error instanceof ConformanceSkip) throw error
    return false
  }
}

/** A device whose user has approved, with its tokens. */
export async function signIn(
  t: ConformanceContext,
  who?: ConformanceClient,
): Promise<Device & { readonly tokens: Tokens }> {
  const device = await startDevice(t, who)
  await approve(t, device)
  return { ...device, tokens: expectTokens(await poll(t, device)) }
}

/** The same with a refresh token; skips the case when the server gives none. */
export async function signInForLong(
  t: ConformanceContext,
  who?: ConformanceClient,
): Promise<Device & { readonly tokens: Tokens; readonly refreshToken: string }> {
  const device = await signIn(t, who)
  const refreshToken = device.tokens.refresh_token
  if (refreshToken === undefined) throw skip(`needs a refresh token, which ${device.client.client_id} is not given`)
  return { ...device, refreshToken }
}

export function refresh(
  t: ConformanceContext,
  who: ConformanceClient,
  refreshToken: string,
  scope?: string,
): Promise<HttpResponse> {
  const wanted = scope === undefined ? {} : { scope }
  return postAs(t, who, t.endpoints.token, { grant_type: 'refresh_token', refresh_token: refreshToken, ...wanted })
}

/** Lets seconds pass: by the target's clock, or really when it is short. */
export async function wait(t: ConformanceContext, seconds: number): Promise<void> {
  if (t.target.advance !== undefined) return t.target.advance(seconds)
  if (seconds > (t.target.maximumWait ?? 6)) throw skip(`needs a clock: it would wait ${seconds} s`)
  await sleep(seconds * 1000)
}

/** So many seconds, when there is a clock; nothing otherwise. Keeps one case's traffic out of the limits of the next. */
export async function rest(t: ConformanceContext, seconds: number): Promise<void> {
  await t.target.advance?.(seconds)
}
