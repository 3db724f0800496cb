import type { DeviceTokenResult, Token } from '@device-auth/client'
import { type Check, isBoolean, isFunction, isNumberFrom, isObject, isText } from '@device-auth/core'
import { checkSettings, checkVerify, isEndpoint, isScope } from './options.ts'
import { fetchProfile, type Profile } from './profile.ts'
import { continueSignIn, type PendingSignIn, Provider, type ProviderOptions, SignInError } from './sign-in.ts'
import type { StrategyActions } from './strategy-actions.ts'
import { callVerify, type VerifyCallback } from './verify.ts'

/** A sign-in that waits for its user, as your page or your JSON client shows it. */
export interface DeviceSignIn {
  /** The code that the user types at `verificationUri`. Always show it, also beside a QR code. */
  readonly userCode: string
  readonly verificationUri: string
  /** The address with the code in it, for a link or a QR code. */
  readonly verificationUriComplete: string | undefined
  /** The end of the codes, in epoch milliseconds. */
  readonly expiresAt: number
  /** Seconds until the strategy polls again; an earlier request changes nothing. */
  readonly pollAfter: number
}

/** The parts of a request that the strategy reads and sets. */
export interface SignInRequest {
  /** Only a POST starts a sign-in. */
  readonly method?: string | undefined
  session?: object
  /** Set if a sign-in waits for its user and the request goes on to your handler, which shows it. */
  deviceSignIn?: DeviceSignIn
  /** Set by koa-passport, which replaces the request: `state` gets the sign-in too, because handlers see only that. */
  readonly ctx?: { readonly state: { deviceSignIn?: DeviceSignIn } }
}

declare global {
  namespace Express {
    interface Request {
      /** The sign-in that waits for its user, set by `DeviceCodeStrategy`. */
      deviceSignIn?: DeviceSignIn
    }
  }
}

interface CodeOptions extends ProviderOptions {
  /** The URL of the provider's userinfo endpoint, for the profile. Default: none; the profile is `{}`. */
  readonly userinfoEndpoint?: string
  /** The member of the session that stores a waiting sign-in. @default 'device-code' */
  readonly sessionKey?: string
}

/** Options of a {@link DeviceCodeStrategy}: `clientId`, and `issuer` or the endpoints, at least. */
export interface DeviceCodeStrategyOptions extends CodeOptions {
  readonly passReqToCallback?: false
}

/** Options of a {@link DeviceCodeStrategy} whose verify function gets the request first. */
export interface DeviceCodeStrategyOptionsWithRequest extends CodeOptions {
  readonly passReqToCallback: true
}

/**
 * Finds or creates the user of a sign-in: returns a user or `false`, or a promise of it, or calls `done`. `undefined` is `false`, unless
 * it takes `done`. `params` is the provider's token response.
 */
export type VerifyCode = (
  accessToken: string,
  refreshToken: string | undefined,
  params: Token['raw'],
  profile: Profile,
  done: VerifyCallback,
) => unknown

/** The same as {@link VerifyCode}, with the request first. */
export type VerifyCodeWithRequest<Request = never> = (
  req: Request,
  accessToken: string,
  refreshToken: string | undefined,
  params: Token['raw'],
  profile: Profile,
  done: VerifyCallback,
) => unknown

/**
 * Signs people in to this application by a device flow at another provider. A POST starts the flow; other requests do not,
 * because a crawler or a visitor without cookies would get new codes from the provider each time. Until the user has
 * answered, requests go on to your handler with `req.deviceSignIn` (`ctx.state.deviceSignIn` in Koa); before the start they
 * go on without it. Each request polls at most once, and only if the provider's interval allows it, so a page may ask as
 * often as it likes. A denied or expired sign-in fails, and the next POST starts a new one. A sign-in that the provider
 * refuses for another reason, such as a wrong client secret, is a {@link SignInError} for your error middleware.
 * @see {@link https://www.rfc-editor.org/rfc/rfc8628#section-3 RFC 8628 section 3}
 */
export class DeviceCodeStrategy<Request = never> {
  readonly name: string = 'device-code'
  /** Called by Passport, on a copy of this object that has the {@link StrategyActions}. */
  readonly authenticate: (this: StrategyActions, req: SignInRequest) => void

  /** @throws {TypeError} that names the option that is missing, unknown or wrong, or the function that is missing. */
  constructor(options: DeviceCodeStrategyOptions, verify: VerifyCode)
  constructor(options: DeviceCodeStrategyOptionsWithRequest, verify: VerifyCodeWithRequest<Request>)
  constructor(
    options: DeviceCodeStrategyOptions | DeviceCodeStrategyOptionsWithRequest,
    verify: VerifyCode | VerifyCodeWithRequest<Request>,
  ) {
    checkCodeOptions(options)
    checkVerify('DeviceCodeStrategy', verify)
    const provider = new Provider(options)
    const polls = new Map<string, Promise<DeviceTokenResult>>()
    this.authenticate = function (req) {
      const { session } = req
      if (typeof session !== 'object' || session === null)
        return this.error(
          new TypeError('DeviceCodeStrategy needs a session: put a middleware such as express-session in front.'),
        )
      // a rejected promise would leave Passport waiting for an action for ever
      signIn({ strategy: this, req, session, options, verify, provider, polls }).catch((error: unknown) =>
        this.error(error),
      )
    }
  }
}

function checkCodeOptions(options: DeviceCodeStrategyOptions | DeviceCodeStrategyOptionsWithRequest): void {
  const { dangerouslyAllowHttp, issuer } = Object(options)
  const isAddress = isEndpoint(dangerouslyAllowHttp === true)
  const isSeconds = isNumberFrom(0.001, 3600, 'seconds')
  const checks: Readonly<Record<keyof DeviceCodeStrategyOptions, Check>> = {
    issuer: isAddress,
    deviceAuthorizationEndpoint: isAddress,
    tokenEndpoint: isAddress,
    revocationEndpoint: isAddress,
    clientId: isText,
    clientSecret: isText,
    authentication: isFunction,
    scope: isScope,
    parameters: isObject,
    profile: isObject,
    fetch: isFunction,
    timeout: isSeconds,
    maxBodySize: isNumberFrom(1, 1e9, 'bytes'),
    dangerouslyAllowHttp: isBoolean,
    clock: isObject,
    userinfoEndpoint: isAddress,
    sessionKey: isText,
    passReqToCallback: isBoolean,
  }
  const server = issuer === undefined || issuer === null ? ['tokenEndpoint', 'deviceAuthorizationEndpoint'] : ['issuer']
  checkSettings('DeviceCodeStrategy', options, checks, ['clientId', ...server])
}

/** One request for a sign-in, with everything that its steps need. */
interface Attempt {
  readonly strategy: StrategyActions
  readonly req: SignInRequest
  readonly session: object
  readonly options: DeviceCodeStrategyOptions | DeviceCodeStrategyOptionsWithRequest
  readonly verify: (...given: never[]) => unknown
  readonly provider: Provider
  /** The polls that have no answer yet, by device code. */
  readonly polls: Map<string, Promise<DeviceTokenResult>>
}

/** Goes on with the sign-in that waits in the session, or starts one. */
async function signIn(attempt: Attempt): Promise<void> {
  const { session, options, strategy, req, provider } = attempt
  const sessionKey = options.sessionKey ?? 'device-code'
  const now = (): number => options.clock?.now() ?? Date.now()
  const wait = (pending: PendingSignIn): void => {
    Reflect.set(session, sessionKey, pending)
    passToHandler(pending, now(), attempt)
  }
  const pending: PendingSignIn | undefined = Reflect.get(session, sessionKey)
  if (pending === undefined) return req.method === 'POST' ? wait(await provider.start(now())) : strategy.pass()
  if (pending.nextPollAt > now()) return passToHandler(pending, now(), attempt)
  const polledAt = now()
  const result = await pollTogether(pending, attempt)
  const next = result.ok || !result.retryable ? undefined : continueSignIn(pending, result, { polledAt, now: now() })
  if (next !== undefined) return wait(next)
  Reflect.deleteProperty(session, sessionKey)
  if (result.ok) return verifyUser(result, attempt)
  if (!result.retryable && !userEnds.has(result.error)) throw new SignInError(result)
  strategy.fail({ message: result.retryable ? 'expired_token' : result.error }, 403)
}

/** The errors that end a sign-in without a fault of this application: denied, expired, or approved in another session. */
const userEnds: ReadonlySet<string> = new Set(['access_denied', 'expired_token', 'invalid_grant'])

/** Polls once for all requests that come at the same time, such as those of two tabs. */
function pollTogether(pending: PendingSignIn, { polls, provider }: Attempt): Promise<DeviceTokenResult> {
  const { deviceCode } = pending
  const running = polls.get(deviceCode)
  if (running !== undefined) return running
  const poll = provider.poll(pending).finally(() => polls.delete(deviceCode))
  polls.set(deviceCode, poll)
  return poll
}

/** Lets the request go on to the application's handler, which shows the code. */
function passToHandler(pending: PendingSignIn, now: number, { strategy, req }: Attempt): void {
  const { userCode, verificationUri, verificationUriComplete, expiresAt, nextPollAt } = pending
  const pollAfter = Math.max(1, Math.ceil((nextPollAt - now) / 1000))
  const deviceSignIn = { userCode, verificationUri, verificationUriComplete, expiresAt, pollAfter }
  req.deviceSignIn = deviceSignIn
  if (req.ctx !== undefined) req.ctx.state.deviceSignIn = deviceSignIn
  strategy.pass()
}

/** Lets the application find the user of the tokens, and ends the sign-in. */
async function verifyUser(token: Token, { strategy, req, options, verify }: Attempt): Promise<void> {
  const { accessToken, refreshToken, raw, headers } = token
  const profile = await fetchProfile(options.userinfoEndpoint ?? undefined, headers, options)
  const given = [accessToken, refreshToken, raw, profile]
  const verified = await callVerify(verify, options.passReqToCallback === true ? [req, ...given] : given)
  if (verified === undefined) strategy.fail({ message: 'unknown_user' }, 403)
  else strategy.success(verified.user, verified.info)
}
