import { AuthorizationServer, type ServerOptions, serverChecks } from '../endpoints/authorization-server.ts'
import { joinedScope } from '../endpoints/device-authorization.ts'
import type { Token } from '../endpoints/token.ts'
import type { Failure } from '../http/failure.ts'
import type { PollReport } from '../polling/loop.ts'
import type { SignInFailure } from '../polling/outcome.ts'
import { type Clock, systemClock } from '../runtime/clock.ts'
import { Emitter } from '../runtime/emitter.ts'
import { knownOptions } from '../runtime/options.ts'
import { checkFlowOptions } from './option-checks.ts'
import type { DeviceFlowOptions, FlowStatus, Stage } from './options.ts'

/** The properties of a flow. Each has an event with the suffix `Changed`, whose detail is the new value. Instants are epoch milliseconds. */
export interface FlowProperties {
  readonly status: FlowStatus
  /** True while the flow polls; false while it is paused. */
  readonly polling: boolean
  /** The code that the user enters. */
  readonly userCode?: string | undefined
  /** The address where the user enters the code. */
  readonly verificationUri?: string | undefined
  /** The address with the code in it, for a QR code; missing when the server sends none. */
  readonly verificationUriComplete?: string | undefined
  /** The expiry of the codes. */
  readonly expiresAt?: number | undefined
  /** The access token. */
  readonly token?: string | undefined
  /** The type of the access token, such as `Bearer` or `DPoP`; `undefined` without a token, and for one of `setTokens()` without a type. */
  readonly tokenType?: string | undefined
  readonly refreshToken?: string | undefined
  readonly idToken?: string | undefined
  /** The expiry of the access token; `undefined` when the server does not say. */
  readonly expiration?: number | undefined
  /** The scopes of the request, separated by spaces. */
  readonly requestedScope?: string | undefined
  /** The scopes of the access token, separated by spaces: the requested ones where the server does not say. */
  readonly grantedScope?: string | undefined
  /** The `nonce` of the last device authorization request. */
  readonly nonce?: string | undefined
  /** The members of the responses with the codes and with the tokens that have no property of their own. */
  readonly extra: Readonly<Record<string, unknown>>
  readonly autoRefresh: boolean
  /** Seconds; 0 means 5 % of the lifetime. */
  readonly refreshLeadTime: number
}

type Changes = { readonly [Name in keyof FlowProperties as `${Name}Changed`]-?: FlowProperties[Name] }

/** The events of a flow: those below, and `…Changed` for each property. */
export interface FlowEvents extends Changes {
  /** There are new codes. Show the code and the address, always both, and the complete address as a QR code. */
  readonly authorizeWithUserCode: {
    readonly userCode: string
    readonly verificationUri: string
    readonly verificationUriComplete: string | undefined
    /** The provider's own instruction to the user (Microsoft Entra). */
    readonly message: string | undefined
    /** Epoch milliseconds. */
    readonly expiresAt: number
  }
  /** Emitted before a request other than a poll is repeated. */
  readonly retry: {
    readonly stage: Stage
    /** The number of the attempt that failed, from 1. */
    readonly attempt: number
    readonly failure: Failure
    /** Epoch milliseconds. */
    readonly retryAt: number
  }
  /** Emitted before the wait for each poll. */
  readonly poll: PollReport
  /** There are new tokens, from a sign-in or a refresh. */
  readonly granted: Token
  /** A sign-in or a refresh failed. */
  readonly requestFailed: SignInFailure
  /** The server answered with an error; `requestFailed` follows. */
  readonly serverReportedErrorOccurred: {
    readonly error: string
    readonly description: string | undefined
    readonly uri: string | undefined
  }
  /** The access token expires soon. With `autoRefresh`, a refresh follows. `expiration` is epoch milliseconds. */
  readonly accessTokenAboutToExpire: { readonly expiration: number }
}

const initial: FlowProperties = {
  status: 'notAuthenticated',
  polling: false,
  extra: {},
  autoRefresh: false,
  refreshLeadTime: 0,
}

const ownMembers =
  /^(?:(?:access|refresh|id)_token|token_type|expires?_in|scope|interval|(?:(?:device|user)_)?code|verification_ur[il](?:_complete)?)$/

/** The members of a response that have no property of their own. */
export function furtherMembers(raw: Token['raw']): FlowProperties['extra'] {
  return Object.fromEntries(Object.entries(raw).filter(([name]) => !ownMembers.test(name)))
}

function serverOf(options: DeviceFlowOptions): AuthorizationServer {
  const server: ServerOptions = knownOptions(serverChecks, options)
  return new AuthorizationServer({ ...server, profile: options.profile })
}

/** The state that the parts of a flow share: its options, its properties, and the events that tell of them. */
export class FlowState {
  readonly events = new Emitter<FlowEvents>()
  #options: DeviceFlowOptions
  #server: AuthorizationServer
  #properties: FlowProperties

  constructor(options: DeviceFlowOptions) {
    const given = checkFlowOptions('DeviceFlow', options)
    const { autoRefresh = false, refreshLeadTime = 0, scope } = given
    this.#options = given
    this.#server = serverOf(given)
    const lead = Math.max(0, refreshLeadTime)
    this.#properties = { ...initial, autoRefresh, refreshLeadTime: lead, requestedScope: joinedScope(scope) }
  }

  get options(): DeviceFlowOptions {
    return this.#options
  }

  /** The server that the options name. It is resolved again after the options were changed. */
  get server(): AuthorizationServer {
    return this.#server
  }

  get clock(): Clock {
    return this.#options.clock ?? systemClock
  }

  /** Changes some of the options. */
  setOptions(changes: Partial<DeviceFlowOptions>): void {
    this.#options = checkFlowOptions('DeviceFlow.setOptions', { ...this.#options, ...changes })
    this.#server = serverOf(this.#options)
    const autoRefresh = changes.autoRefresh ?? this.#properties.autoRefresh
    this.set({ requestedScope: joinedScope(this.#options.scope), autoRefresh })
  }

  get properties(): FlowProperties {
    return this.#properties
  }

  /** The status while neither a sign-in nor a refresh is under way. */
  get idleStatus(): FlowStatus {
    return this.#properties.token ? 'granted' : 'notAuthenticated'
  }

  /** Sets all of these properties, then emits an event for each one that has changed. */
  set(changes: Partial<FlowProperties>): void {
    const before = this.#properties
    this.#properties = { ...before, ...changes }
    const tell = <Name extends keyof FlowProperties>(name: Name): void => {
      if (before[name] !== this.#properties[name]) this.events.emit(`${name}Changed`, this.#properties[name] as never)
    }
    for (const name of Object.keys(changes)) tell(name as keyof FlowProperties)
  }

  /** Emits the events of a failed sign-in or refresh. */
  reportFailure(result: SignInFailure): void {
    const { error, errorDescription: description, errorUri: uri } = result
    if (result.raw !== undefined) this.events.emit('serverReportedErrorOccurred', { error, description, uri })
    this.events.emit('requestFailed', result)
  }
}
