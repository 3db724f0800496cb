import { hash } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import {
  type Awaitable,
  type Check,
  checkOptions,
  type DeviceAuthEvents,
  isFunction,
  isText,
  type SubjectIdentifier,
} from '@device-auth/core'
import type { JWTPayload } from 'jose'
import { createKeyRing, type Keys } from '../keys/key-ring.ts'
import { signJwt } from '../keys/sign.ts'
import { jwtOwner } from '../owners.ts'
import { isHttpsUrl } from './is-https-url.ts'
import { isKeys } from './is-keys.ts'

/** The event of core that says that a device is signed out. */
type SignedOut = DeviceAuthEvents['signedOut']

/** The options of {@link securityEventTransmitter}: one receiver. */
export interface SecurityEventTransmitterOptions {
  /** This server, the claim `iss`: the `issuer` of `createDeviceAuth`. */
  readonly issuer: string
  /** The keys that sign. If the option `accessToken` or `openid` has them too, the receiver finds the public ones at `/jwks`. */
  readonly keys: Keys
  /** The receiver, the claim `aud`. */
  readonly audience: string
  /** The https URL to which the receiver has tokens pushed. */
  readonly endpoint: string
  /** Returns the header `Authorization` of a push, such as `Bearer …`. Called once for each attempt. Default: no such header. */
  readonly authorization?: () => Awaitable<string>
  /**
   * Names the session in words that the receiver knows; `undefined`: the event is not sent. An identifier of a user alone says that
   * all sessions of that user are over. Default: the format `complex`, with `user` (`iss_sub` of this server) and `session`
   * (`opaque`, the grant id), so that nothing but this sign-in is meant.
   */
  readonly subject?: (event: SignedOut) => Awaitable<SubjectIdentifier | undefined>
  /**
   * The `iss` of the signals that the receiver sends itself. A sign-in that such a signal ended is not sent back. Default: no sign-in that
   * any signal ended is sent.
   */
  readonly sender?: string
  /**
   * The seconds before each further attempt, after an attempt that got no answer, or the status 408, 429 or 5xx.
   * @default [1, 10, 60]
   */
  readonly retryDelays?: readonly number[]
  /** The clock in epoch milliseconds, for tests. @default Date.now */
  readonly clock?: () => number
  /** The function that pushes. @default the `fetch` of the platform */
  readonly fetch?: typeof fetch
}

const owner = jwtOwner('securityEventTransmitter')
const isDelays: Check = (value) =>
  Array.isArray(value) &&
  value.length <= 10 &&
  value.every((each) => typeof each === 'number' && each >= 0 && each <= 3600)
    ? undefined
    : 'at most 10 numbers of seconds, each from 0 to 3600'
const checks = {
  issuer: isText,
  keys: isKeys,
  audience: isText,
  endpoint: isHttpsUrl,
  authorization: isFunction,
  subject: isFunction,
  sender: isText,
  retryDelays: isDelays,
  clock: isFunction,
  fetch: isFunction,
}

/** Milliseconds for one attempt. */
const TIMEOUT = 10_000
/** The pushes under way at a time: an incident ends thousands of sign-ins at once. */
const MAX_PUSHES = 10
/** The events that wait for a place. */
const MAX_WAITING = 10_000

/**
 * Makes a listener that tells one receiver of each device that is signed out: a security event token with `session-revoked` of CAEP, pushed
 * over https. No request of a device or user waits for it, and its errors go to the hook `onError` and the event `failed`. The events
 * wait in the memory of this process; to lose none in a crash, store them and call this function from a queue of your own. The same
 * event gives the same `jti`.
 *
 * @returns A function of the event `signedOut`. It rejects if the receiver has not taken the token after the last attempt.
 * @throws {OptionError} for a wrong option.
 * @see {@link https://www.rfc-editor.org/rfc/rfc8935#section-2.1 RFC 8935 section 2.1}
 * @see {@link https://openid.net/specs/openid-caep-1_0.html#name-session-revoked CAEP section 3.1}
 * @example
 * ```ts
 * deviceAuth.on(
 *   'signedOut',
 *   securityEventTransmitter({
 *     issuer: 'https://example.com/oauth',
 *     keys: { current: signingKey },
 *     audience: 'https://receiver.example.com',
 *     endpoint: 'https://receiver.example.com/events',
 *   }),
 * )
 * ```
 */
export function securityEventTransmitter(
  options: SecurityEventTransmitterOptions,
): (event: SignedOut) => Promise<void> {
  const given = checkOptions(owner, options, checks, ['issuer', 'keys', 'audience', 'endpoint'])
  const { issuer, audience, sender, clock = Date.now } = given
  const ring = createKeyRing(given.keys)
  const inTurn = createTurns()
  const subjectOf = given.subject ?? ((event: SignedOut) => sessionOf(event, issuer))
  return async (event) => {
    if (event.by === 'signal' && (sender === undefined || event.sender === undefined || event.sender === sender)) return
    await inTurn(async () => {
      const identifier = await subjectOf(event)
      if (identifier === undefined) return
      const iat = Math.floor(clock() / 1000)
      const token = await signJwt(
        claimsOf(event, { iss: issuer, aud: audience, iat }, identifier),
        'secevent+jwt',
        ring.current(),
      )
      await push(token, given)
    })
  }
}

function sessionOf({ subject, grantId }: SignedOut, iss: string): SubjectIdentifier {
  return {
    format: 'complex',
    user: { format: 'iss_sub', iss, sub: subject },
    session: { format: 'opaque', id: grantId },
  }
}

/** CAEP's words for who ended a session. Of an application or a client nobody knows on whose behalf it did so. */
const initiatingEntities: Partial<Record<SignedOut['by'], string>> = { user: 'user', reuse: 'policy', signal: 'system' }

/** @see {@link https://www.rfc-editor.org/rfc/rfc8417#section-2.2 RFC 8417 section 2.2} */
function claimsOf(
  { at, by, grantId }: SignedOut,
  { iss, aud, iat }: { readonly iss: string; readonly aud: string; readonly iat: number },
  identifier: SubjectIdentifier,
): JWTPayload {
  const entity = initiatingEntities[by]
  const details = {
    // the event is dated by the clock of the database, and must not be younger than its token
    event_timestamp: Math.min(Math.floor(at / 1000), iat),
    ...(entity === undefined ? {} : { initiating_entity: entity }),
    ...(by === 'reuse' ? { reason_admin: { en: 'A device code or refresh token was used twice.' } } : {}),
  }
  return {
    iss,
    aud,
    iat,
    // a sign-in ends only once
    jti: hash('sha256', JSON.stringify(['session-revoked', grantId, aud]), 'base64url'),
    sub_id: identifier,
    events: { 'https://schemas.openid.net/secevent/caep/event-type/session-revoked': details },
  }
}

async function push(token: string, options: SecurityEventTransmitterOptions): Promise<void> {
  const { retryDelays = [1, 10, 60] } = options
  for (let attempt = 0; ; attempt++) {
    const failure = await attemptPush(token, options)
    if (failure === undefined) return
    const delay = retryDelays[attempt]
    if (!failure.temporary || delay === undefined) throw failure.error
    // a process that has nothing else to do ends
    await wait(delay * 1000, undefined, { ref: false })
  }
}

/** Sends a token. `undefined`: the receiver has taken it. */
async function attemptPush(
  token: string,
  { endpoint, authorization, fetch: send = fetch }: SecurityEventTransmitterOptions,
): Promise<{ readonly temporary: boolean; readonly error: unknown } | undefined> {
  try {
    const headers = {
      accept: 'application/json',
      'content-type': 'application/secevent+jwt',
      ...(authorization === undefined ? {} : { authorization: await authorization() }),
    }
    // the token and the authorization are for this address alone, so no redirect is followed
    const limits = { redirect: 'manual', signal: AbortSignal.timeout(TIMEOUT) } as const
    const response = await send(endpoint, { method: 'POST', body: token, headers, ...limits })
    await response.body?.cancel()
    if (response.ok) return undefined
    const { status } = response
    const error = new Error(`The receiver of security events at ${endpoint} answered ${status}.`)
    return { temporary: status === 408 || status === 429 || status >= 500, error }
  } catch (error) {
    return { temporary: true, error }
  }
}

/** Makes a function that runs {@link MAX_PUSHES} jobs at a time, the others in their order. */
function createTurns(): (job: () => Promise<void>) => Promise<void> {
  const waiting: (() => void)[] = []
  let running = 0
  return async (job) => {
    if (running >= MAX_PUSHES) {
      if (waiting.length >= MAX_WAITING) throw new Error('Too many security events wait for their receiver.')
      // the job that ends gives its place on
      await new Promise<void>((resolve) => waiting.push(resolve))
    } else running++
    try {
      await job()
    } finally {
      const next = waiting.shift()
      if (next === undefined) running--
      else next()
    }
  }
}
