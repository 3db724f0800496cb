import type { PollReport } from '../polling/loop.ts'

/** One set of codes and what belongs to it; plain enough to be written down. */
export interface SessionData {
  readonly deviceCode: string
  readonly userCode: string
  readonly verificationUri: string
  readonly verificationUriComplete?: string | undefined
  readonly expiresAt: number
  readonly interval: number
  readonly answeredAt: number
  readonly codeVerifier?: string | undefined
  readonly nonce?: string | undefined
}

/** A sign-in that waits for approval; keeps the pace, so that a pause or another process goes on at it. */
export class FlowSession {
  readonly data: SessionData
  #interval: number
  #answeredAt: number

  constructor(data: SessionData) {
    this.data = data
    this.#interval = data.interval
    this.#answeredAt = data.answeredAt
  }

  get expiresAt(): number {
    return this.data.expiresAt
  }

  heard({ interval, answeredAt }: PollReport): void {
    this.#interval = interval
    this.#answeredAt = answeredAt
  }

  toJSON(): SessionData {
    const { deviceCode, userCode, verificationUri, verificationUriComplete, expiresAt, codeVerifier, nonce } = this.data
    const codes = { deviceCode, userCode, verificationUri, verificationUriComplete, expiresAt, codeVerifier, nonce }
    return { ...codes, interval: this.#interval, answeredAt: this.#answeredAt }
  }

  [Symbol.for('nodejs.util.inspect.custom')](): object {
    return { ...this.toJSON(), deviceCode: '[redacted]', codeVerifier: '[redacted]', nonce: '[redacted]' }
  }
}
