import type { Token } from '../endpoints/token.ts'
import type { PollReport } from '../polling/loop.ts'
import type { SignInFailure } from '../polling/outcome.ts'
import { Emitter } from '../runtime/emitter.ts'
import type { FlowStatus } from './options.ts'

/** The properties of a flow. Instants are epoch milliseconds. */
export interface FlowProperties {
  readonly status: FlowStatus
  readonly polling: boolean
  readonly userCode: string | undefined
  readonly verificationUri: string | undefined
  readonly verificationUriComplete: string | undefined
  readonly expiresAt: number | undefined
  readonly token: string | undefined
  readonly refreshToken: string | undefined
  readonly idToken: string | undefined
  readonly expiration: number | undefined
  readonly requestedScope: string | undefined
  readonly grantedScope: string | undefined
  readonly nonce: string | undefined
  readonly extra: Readonly<Record<string, unknown>>
  readonly autoRefresh: boolean
  readonly refreshLeadTime: number
}

type Changes = { readonly [Name in keyof FlowProperties as `${Name}Changed`]: FlowProperties[Name] }

/** The events of a flow: what happens, and one for each property. */
export interface FlowEvents extends Changes {
  /** Show the code and the address, always both, and the complete address as a QR code. */
  readonly authorizeWithUserCode: {
    readonly userCode: string
    readonly verificationUri: string
    readonly verificationUriComplete: string | undefined
    /** The provider's own instruction. */
    readonly message: string | undefined
    readonly expiresAt: number
  }
  /** Before each wait for a poll. */
  readonly poll: PollReport
  /** There are tokens, from a sign-in or a refresh. */
  readonly granted: Token
  readonly requestFailed: SignInFailure
  readonly serverReportedErrorOccurred: {
    readonly error: string
    readonly description: string | undefined
    readonly uri: string | undefined
  }
  readonly accessTokenAboutToExpire: { readonly expiration: number }
}

/** Properties that tell when they change. */
export class FlowState extends Emitter<FlowEvents> {
  #properties: FlowProperties = {
    status: 'notAuthenticated',
    polling: false,
    userCode: undefined,
    verificationUri: undefined,
    verificationUriComplete: undefined,
    expiresAt: undefined,
    token: undefined,
    refreshToken: undefined,
    idToken: undefined,
    expiration: undefined,
    requestedScope: undefined,
    grantedScope: undefined,
    nonce: undefined,
    extra: {},
    autoRefresh: false,
    refreshLeadTime: 0,
  }

  get status(): FlowStatus {
    return this.#properties.status
  }

  get isPolling(): boolean {
    return this.#properties.polling
  }

  get userCode(): string | undefined {
    return this.#properties.userCode
  }

  get verificationUri(): string | undefined {
    return this.#properties.verificationUri
  }

  get verificationUriComplete(): string | undefined {
    return this.#properties.verificationUriComplete
  }

  /** When the codes expire; epoch milliseconds. */
  get expiresAt(): number | undefined {
    return this.#properties.expiresAt
  }

  /** The access token. */
  get token(): string | undefined {
    return this.#properties.token
  }

  get refreshToken(): string | undefined {
    return this.#properties.refreshToken
  }

  get idToken(): string | undefined {
    return this.#properties.idToken
  }

  /** When the access token expires; epoch milliseconds, nothing when the server does not say. */
  get expiration(): number | undefined {
    return this.#properties.expiration
  }

  get requestedScope(): string | undefined {
    return this.#properties.requestedScope
  }

  /** Those asked for, where the server says nothing else. */
  get grantedScope(): string | undefined {
    return this.#properties.grantedScope
  }

  get nonce(): string | undefined {
    return this.#properties.nonce
  }

  /** Members of the last token response that have no property. */
  get extra(): Readonly<Record<string, unknown>> {
    return this.#properties.extra
  }

  get autoRefresh(): boolean {
    return this.#properties.autoRefresh
  }

  /** Seconds. */
  get refreshLeadTime(): number {
    return this.#properties.refreshLeadTime
  }

  /** Sets all, then tells of each that is another. */
  protected set(changes: Partial<FlowProperties>): void {
    const before = this.#properties
    this.#properties = { ...before, ...changes }
    const tell = <Name extends keyof FlowProperties>(name: Name): void => {
      if (before[name] !== this.#properties[name]) this.emit(`${name}Changed`, this.#properties[name] as never)
    }
    for (const name of Object.keys(changes)) tell(name as keyof FlowProperties)
  }
}
