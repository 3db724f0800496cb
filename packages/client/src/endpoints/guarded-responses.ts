import type { Failure } from '../http/failure.ts'
import type { DeviceCode } from './device-authorization.ts'
import type { Token } from './token.ts'

/** Thrown by a field of a response that failed. */
export class FailedResponseAccessError extends Error {
  override readonly name = 'FailedResponseAccessError'
  readonly field: string
  readonly failure: Failure

  constructor(field: string, failure: Failure) {
    super(`${field} cannot be read: the response failed with ${failure.error}.`)
    this.field = field
    this.failure = failure
  }
}

/** Thrown by `error` of a response that succeeded. */
export class SuccessfulResponseAccessError extends Error {
  override readonly name = 'SuccessfulResponseAccessError'

  constructor() {
    super('error cannot be read: the response succeeded.')
  }
}

class GuardedResponse<Success extends { readonly ok: true }> {
  readonly #result: Success | Failure

  constructor(result: Success | Failure) {
    this.#result = result
  }

  get isSuccessful(): boolean {
    return this.#result.ok
  }

  /** @throws SuccessfulResponseAccessError after a success. */
  get error(): string {
    if (this.#result.ok) throw new SuccessfulResponseAccessError()
    return this.#result.error
  }

  /** The code of the error, or nothing; never throws. */
  get errorCode(): string | undefined {
    return this.#result.ok ? undefined : this.#result.error
  }

  /** Without secrets. */
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

/** A result of `requestDeviceAuthorization` whose fields throw when there is nothing in them, for JavaScript. */
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

/** A result of `pollDeviceToken` whose `token` throws when there is none, for JavaScript; `interval` is always readable. */
export class DeviceTokenResponse extends GuardedResponse<Token & { readonly ok: true }> {
  get token(): Token {
    if (!this.result.ok) throw new FailedResponseAccessError('token', this.result)
    return this.result
  }

  get interval(): number | undefined {
    return this.result.ok ? undefined : this.result.interval
  }
}
