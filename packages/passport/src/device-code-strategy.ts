import type { DeviceTokenResult, Token } from '@device-auth/client'
import { fetchProfile, type Profile } from './profile.ts'
import { continueSignIn, type PendingSignIn, type ProviderOptions, pollSignIn, startSignIn } from './sign-in.ts'
import type { StrategyActions } from './strategy-actions.ts'
import { callVerify, checkSettings, type VerifyCallback } from './verify.ts'

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
  session?: object
  /** Set if the request goes on to your handler, which shows it. */
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
 * Finds or creates the user of a sign-in: returns a user or `false`, or a promise of it, or calls `done`. `params` is the
 * provider's token response.
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
 * Signs people in to this application by a device flow at another provider. The first request starts the flow. Until the
 * user has answered, requests go on to your handler with `req.deviceSignIn` (`ctx.state.deviceSignIn` in Koa). Each
 * request polls at most once, and only if the provider's interval allows it, so a page may ask as often as it likes. A
 * denied or expired sign-in fails, and the next request starts a new one.
 * @see {@link https://www.rfc-editor.org/rfc/rfc8628#section-3 RFC 8628 section 3}
 */
export class DeviceCodeStrategy<Request = never> {
  readonly name: string = 'device-code'
  /** Called by Passport, on a copy of this object that has the {@link StrategyActions}. */
  readonly authenticate: (this: StrategyActions, req: SignInRequest) => void

  /** @throws {TypeError} that names the option or the function that is missing. */
  constructor(options: DeviceCodeStrategyOptions, verify: VerifyCode)
  constructor(options: DeviceCodeStrategyOptionsWithRequest, verify: VerifyCodeWithRequest<Request>)
  constructor(
    options: DeviceCodeStrategyOptions | DeviceCodeStrategyOptionsWithRequest,
    verify: VerifyCode | VerifyCodeWithRequest<Request>,
  ) {
    checkSettings('DeviceCodeStrategy', options, 'clientId', verify)
    checkSettings('DeviceCodeStrategy', options, 'issuer' in options ? 'issuer' : 'tokenEndpoint', verify)
    const polls = new Map<string, Promise<DeviceTokenResult>>()
    this.authenticate = function (req) {
      const { session } = req
      if (typeof session !== 'object' || session === null)
        return this.error(
          new TypeError('DeviceCodeStrategy needs a session: put a middleware such as express-session in front.'),
        )
      // a rejected promise would leave Passport waiting for an action for ever
      signIn({ strategy: this, req, session, options, verify, polls }).catch((error: unknown) => this.error(error))
    }
  }
}

/** One request for a sign-in, with everything that its steps need. */
interface Attempt {
  readonly strategy: StrategyActions
  readonly req: SignInRequest
  readonly session: object
  readonly options: DeviceCodeStrategyOptions | DeviceCodeStrategyOptionsWithRequest
  readonly verify: (...given: never[]) => unknown
  /** The polls that have no answer yet, by device code. */
  readonly polls: Map<string, Promise<DeviceTokenResult>>
}

/** Starts a sign-in, or goes on with the one that waits in the session. */
async function signIn(attempt: Attempt): Promise<void> {
  const { session, options, strategy } = attempt
  const { sessionKey = 'device-code' } = options
  const now = (): number => options.clock?.now() ?? Date.now()
  const wait = (pending: PendingSignIn): void => {
    Reflect.set(session, sessionKey, pending)
    passToHandler(pending, now(), attempt)
  }
  const pending: PendingSignIn | undefined = Reflect.get(session, sessionKey)
  if (pending === undefined) return wait(await startSignIn(options, now()))
  if (pending.nextPollAt > now()) return passToHandler(pending, now(), attempt)
  const polledAt = now()
  const result = await pollTogether(pending, attempt)
  const next = result.ok || !result.retryable ? undefined : continueSignIn(pending, result, { polledAt, now: now() })
  if (next !== undefined) return wait(next)
  Reflect.deleteProperty(session, sessionKey)
  if (result.ok) return verifyUser(result, attempt)
  strategy.fail({ message: result.retryable ? 'expired_token' : result.error }, 403)
}

/** Polls once for all requests that come at the same time, such as those of two tabs. */
function pollTogether(pending: PendingSignIn, { polls, options }: Attempt): Promise<DeviceTokenResult> {
  const { deviceCode } = pending
  const running = polls.get(deviceCode)
  if (running !== undefined) return running
  const poll = pollSignIn(pending, options).finally(() => polls.delete(deviceCode))
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
  const profile = await fetchProfile(options.userinfoEndpoint, headers, options)
  const given = [accessToken, refreshToken, raw, profile]
  const verified = await callVerify(verify, options.passReqToCallback === true ? [req, ...given] : given)
  if (verified === undefined) strategy.fail({ message: 'unknown_user' }, 403)
  else strategy.success(verified.user, verified.info)
}
