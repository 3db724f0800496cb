import type { PollReport } from '../polling/loop.ts'
import { type Clock, steadyClock } from '../runtime/clock.ts'

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
  /** The clock of `expiresAt` and of the polls: nobody sets it forward or back while the sign-in waits. */
  readonly clock: Clock
  readonly #isRestored: boolean
  #interval: number
  #answeredAt: number

  /** @param isRestored - True if the codes may have come at another setting of the clock, so that only the server knows if they expired. */
  constructor(data: SessionData, clock: Clock, isRestored: boolean) {
    this.data = data
    this.clock = steadyClock(clock)
    this.#isRestored = isRestored
    this.#interval = data.interval
    this.#answeredAt = data.answeredAt
  }

  /** True if the codes have certainly expired. */
  get isExpired(): boolean {
    return !this.#isRestored && this.data.expiresAt <= this.clock.now()
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
}
