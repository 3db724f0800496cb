import type { Failure } from '../http/failure.ts'
import type { DeviceCode } from './device-authorization.ts'
import type { Token } from './token.ts'

/** The error that is thrown when a field of a failed response is read. */
export class FailedResponseAccessError extends Error {
  override readonly name = 'FailedResponseAccessError'
  /** The name of the field. */
  readonly field: string
  readonly failure: Failure

  constructor(field: string, failure: Failure) {
    super(`${field} cannot be read: the response failed with ${failure.error}.`)
    this.field = field
    this.failure = failure
  }
}

/** The error that is thrown when `error` of a successful response is read. */
export class SuccessfulResponseAccessError extends Error {
  override readonly name = 'SuccessfulResponseAccessError'

  constructor() {
    super('error cannot be read: the response succeeded.')
  }
}

/** A result whose fields throw when they hold nothing: for JavaScript, where no compiler asks to check `ok` first. */
class GuardedResponse<Success extends { readonly ok: true }> {
  readonly #result: Success | Failure

  constructor(result: Success | Failure) {
    this.#result = result
  }

  get isSuccessful(): boolean {
    return this.#result.ok
  }

  /**
   * The error code.
   *
   * @throws {SuccessfulResponseAccessError} when the response is a success.
   */
  get error(): string {
    if (this.#result.ok) throw new SuccessfulResponseAccessError()
    return this.#result.error
  }

  /** The error code; `undefined` when the response is a success. */
  get errorCode(): string | undefined {
    return this.#result.ok ? undefined : this.#result.error
  }

  /** The response without its secrets. */
  toJSON(): object {
    return JSON.parse(String(this.#result))
  }

  toString(): string {
    return String(this.#result)
  }

  protected get result(): Success | Failure {
    return this.#result
  }

  protected read<Name extends keyof Success & string>(field: Name): Success[Name] {
    if (!this.#result.ok) throw new FailedResponseAccessError(field, this.#result)
    return this.#result[field]
  }
}

type DeviceCodeSuccess = DeviceCode & { readonly ok: true }

/**
 * A result of {@link requestDeviceAuthorization} for JavaScript: reading a field of a failure throws {@link FailedResponseAccessError}.
 *
 * @example
 * const response = new DeviceAuthorizationResponse(await requestDeviceAuthorization({ address, clientId: 'tv' }))
 * console.log(response.userCode)
 */
export class DeviceAuthorizationResponse extends GuardedResponse<DeviceCodeSuccess> {
  get deviceCode(): string {
    return this.read('deviceCode')
  }

  get userCode(): string {
    return this.read('userCode')
  }

  get verificationUri(): string {
    return this.read('verificationUri')
  }

  get verificationUriComplete(): string | undefined {
    return this.read('verificationUriComplete')
  }

  get expiresIn(): number {
    return this.read('expiresIn')
  }

  get interval(): number {
    return this.read('interval')
  }
}

/**
 * A result of {@link pollDeviceToken} for JavaScript: reading `token` of a failure throws {@link FailedResponseAccessError}. `interval`
 * never throws; it is `undefined` when the server asks for no other interval.
 */
export class DeviceTokenResponse extends GuardedResponse<Token & { readonly ok: true }> {
  get token(): Token {
    if (!this.result.ok) throw new FailedResponseAccessError('token', this.result)
    return this.result
  }

  get interval(): number | undefined {
    return this.result.ok ? undefined : this.result.interval
  }
}
