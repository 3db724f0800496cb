import type { DeviceTokenResult, Token } from '@device-auth/client'
import type { StrategyActions } from './actions.ts'
import {
  continueSignIn,
  fetchProfile,
  type PendingSignIn,
  type ProviderOptions,
  pollSignIn,
  startSignIn,
} from './sign-in.ts'
import { callVerify, checkSettings, type Done } from './verify.ts'

/** What the page or the JSON client has to show while the user signs in elsewhere. */
export interface DeviceSignIn {
  /** To be typed at `verificationUri`; always shown, beside a QR code too. */
  readonly userCode: string
  readonly verificationUri: string
  /** For a link or a QR code. */
  readonly verificationUriComplete: string | undefined
  /** Epoch milliseconds. */
  readonly expiresAt: number
  /** Seconds after which it is worth asking again. */
  readonly pollAfter: number
}

/** What the strategy reads and sets of a request. */
export interface SignInRequest {
  session?: object
  /** Set when the request goes on to your handler, which shows it. */
  deviceSignIn?: DeviceSignIn
  /** Under koa-passport the request is a stand-in that no handler sees: `state` is given the sign-in too. */
  readonly ctx?: { readonly state: { deviceSignIn?: DeviceSignIn } }
}

declare global {
  namespace Express {
    interface Request {
      /** What to show while the user signs in elsewhere; `DeviceCodeStrategy` sets it. */
      deviceSignIn?: DeviceSignIn
    }
  }
}

interface CodeOptions extends ProviderOptions {
  /** The provider's userinfo endpoint, which is asked for the profile. Default: the profile is `{}`. */
  readonly userinfoEndpoint?: string
  /** Where in the session a waiting sign-in is kept. @default 'device-code' */
  readonly sessionKey?: string
}

/** Options of a {@link DeviceCodeStrategy}: `clientId`, and `issuer` or the endpoints, at least. */
export interface DeviceCodeStrategyOptions extends CodeOptions {
  readonly passReqToCallback?: false
}

/** The same, for a `verify` that is given the request first. */
export interface DeviceCodeStrategyOptionsWithRequest extends CodeOptions {
  readonly passReqToCallback: true
}

/** The provider's profile of a user, as its userinfo endpoint gives it. */
export type Profile = Readonly<Record<string, unknown>>

/** Finds or makes the user of a sign-in: answer with a user or `false`, now or later, or call `done`. */
export type VerifyCode = (
  accessToken: string,
  refreshToken: string | undefined,
  params: Token['raw'],
  profile: Profile,
  done: Done,
) => unknown

/** The same, with the request. */
export type VerifyCodeWithRequest<Request = never> = (
  req: Request,
  accessToken: string,
  refreshToken: string | undefined,
  params: Token['raw'],
  profile: Profile,
  done: Done,
) => unknown

/**
 * Lets people sign in to this application by a device flow at another provider. The first request starts the flow; as
 * long as the user has not answered, requests go on to your handler with `req.deviceSignIn` (`ctx.state.deviceSignIn` in
 * Koa). Each request polls at most once, and only when the provider's interval allows it, so a page may ask as often as it likes. A denied or expired
 * sign-in fails, and the next request starts anew.
 * @see {@link https://www.rfc-editor.org/rfc/rfc8628#section-3 RFC 8628 section 3}
 */
export class DeviceCodeStrategy<Request = never> {
  readonly name: string = 'device-code'
  /** Called by Passport, on a copy of this object that has its actions. */
  readonly authenticate: (this: StrategyActions, req: SignInRequest) => void

  /** @throws TypeError that names the option or the function that is missing. */
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
          new TypeError('DeviceCodeStrategy needs a session: put express-session or its like in front.'),
        )
      advance({ strategy: this, req, session, options, verify, polls }).catch((error: unknown) => this.error(error))
    }
  }
}

interface Attempt {
  readonly strategy: StrategyActions
  readonly req: SignInRequest
  readonly session: object
  readonly options: DeviceCodeStrategyOptions | DeviceCodeStrategyOptionsWithRequest
  readonly verify: (...given: never[]) => unknown
  /** Polls in flight, by device code: two tabs share one. */
  readonly polls: Map<string, Promise<DeviceTokenResult>>
}

async function advance(attempt: Attempt): Promise<void> {
  const { session, options, strategy } = attempt
  const { sessionKey = 'device-code' } = options
  const now = (): number => options.clock?.now() ?? Date.now()
  const keep = (pending: PendingSignIn): void => {
    Reflect.set(session, sessionKey, pending)
    show(attempt, pending, now())
  }
  const kept: PendingSignIn | undefined = Reflect.get(session, sessionKey)
  if (kept === undefined) return keep(await startSignIn(options, now()))
  if (kept.nextPollAt > now()) return show(attempt, kept, now())
  const polledAt = now()
  const result = await pollTogether(kept, attempt)
  const next = result.ok || !result.retryable ? undefined : continueSignIn(kept, result, { polledAt, now: now() })
  if (next !== undefined) return keep(next)
  Reflect.deleteProperty(session, sessionKey)
  if (result.ok) return finish(result, attempt)
  strategy.fail({ message: result.retryable ? 'expired_token' : result.error }, 403)
}

function pollTogether(pending: PendingSignIn, { polls, options }: Attempt): Promise<DeviceTokenResult> {
  const { deviceCode } = pending
  const running = polls.get(deviceCode)
  if (running !== undefined) return running
  const poll = pollSignIn(pending, options).finally(() => polls.delete(deviceCode))
  polls.set(deviceCode, poll)
  return poll
}

/** On to the application's own handler, which shows the code. */
function show({ strategy, req }: Attempt, pending: PendingSignIn, now: number): void {
  const { userCode, verificationUri, verificationUriComplete, expiresAt, nextPollAt } = pending
  const pollAfter = Math.max(1, Math.ceil((nextPollAt - now) / 1000))
  const signIn = { userCode, verificationUri, verificationUriComplete, expiresAt, pollAfter }
  req.deviceSignIn = signIn
  if (req.ctx !== undefined) req.ctx.state.deviceSignIn = signIn
  strategy.pass()
}

async function finish(token: Token, { strategy, req, options, verify }: Attempt): Promise<void> {
  const { accessToken, refreshToken, raw, headers } = token
  const profile = await fetchProfile(options.userinfoEndpoint, headers, options)
  const given = [accessToken, refreshToken, raw, profile]
  const verified = await callVerify(verify, options.passReqToCallback === true ? [req, ...given] : given)
  if (verified === undefined) strategy.fail({ message: 'unknown_user' }, 403)
  else strategy.success(verified.user, verified.info)
}
