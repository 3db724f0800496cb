import type { PollReport } from '../polling/loop.ts'

/** The codes of a sign-in that waits for approval, with the pace of its polls, as JSON. Contains secrets. Instants are epoch milliseconds. */
export interface SessionData {
  readonly deviceCode: string
  readonly userCode: string
  readonly verificationUri: string
  readonly verificationUriComplete?: string | undefined
  readonly expiresAt: number
  /** Seconds between polls. */
  readonly interval: number
  /** The arrival of the last response; of the codes, before the first poll. */
  readonly answeredAt: number
  /** The PKCE verifier. */
  readonly codeVerifier?: string | undefined
  readonly nonce?: string | undefined
}

/** A sign-in that waits for approval. It keeps the pace of the polls, so that another process, or polls after a pause, continue at it. */
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

  /** Takes over the pace from the report of a poll. */
  update({ interval, answeredAt }: PollReport): void {
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
