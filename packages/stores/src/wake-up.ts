import { randomUUID } from 'node:crypto'
import type { WatchListener } from '@device-auth/core'
import { Watchers } from '@device-auth/core/stores'
import { answerInTime } from './answer-in-time.ts'

/** One connection on which this node hears of changed credentials. */
export interface Subscription {
  /** Resolves when each later message is heard. */
  readonly ready: PromiseLike<unknown>
  /** Ends the connection. It is called once. */
  close(): void
}

/** The channel of a database on which all nodes hear of changed credentials. A message is the id of a credential. */
export interface Channel {
  /** Connects and listens. `onLost` is called when messages may have been missed, also more than once. */
  open(onMessage: (text: string) => void, onLost: () => void): Subscription
  /** Sends a message to all nodes, this one included, over the store's own connections. */
  send(text: string): PromiseLike<unknown>
}

/** Milliseconds between two proofs that messages still arrive. */
const PROOF_INTERVAL = 5_000
/** Milliseconds in which a connection is made, and a proof has to arrive. */
const PATIENCE = 2_000
/** Milliseconds until the next attempt to connect: doubled with each failure in a row. */
const FIRST_PAUSE = 500
const LONGEST_PAUSE = 30_000
/** No id of a credential begins with it. */
const proofStart = 'proof:'

/**
 * Wakes the polls that wait on this node, over one connection. The connection is made when the first poll wants to wait. A message
 * that the node sends to itself proves that it hears: a pooler in transaction mode accepts `LISTEN` and forgets it, and the
 * connection to a silent host looks alive for minutes.
 */
export class WakeUp {
  readonly #channel: Channel
  readonly #watchers = new Watchers()
  #subscription: Subscription | undefined
  #isUp = false
  #isClosed = false
  #failures = 0
  #retryAt = 0
  #proofs: NodeJS.Timeout | undefined
  #proof: { readonly text: string; readonly heard: () => void } | undefined

  constructor(channel: Channel) {
    this.#channel = channel
  }

  /** Watches a credential. @returns the function that ends the watch; `undefined` while nothing can be heard */
  watch(id: string, listener: WatchListener): (() => void) | undefined {
    if (this.#isUp) return this.#watchers.add(id, listener)
    if (this.#subscription === undefined && !this.#isClosed && performance.now() >= this.#retryAt) void this.#connect()
    return undefined
  }

  /** Ends the connection, and tells all who watch. */
  close(): void {
    this.#isClosed = true
    this.#lose(this.#subscription)
  }

  async #connect(): Promise<void> {
    let subscription: Subscription | undefined
    try {
      subscription = this.#channel.open(
        (text) => this.#hear(text),
        () => this.#lose(subscription),
      )
      this.#subscription = subscription
      await answerInTime(subscription.ready, PATIENCE, 'watch')
      await this.#prove()
      if (this.#subscription !== subscription) return
      this.#isUp = true
      this.#failures = 0
      const proven = subscription
      this.#proofs = setInterval(() => void this.#proveAgain(proven), PROOF_INTERVAL).unref()
    } catch {
      this.#lose(subscription)
    }
  }

  async #proveAgain(subscription: Subscription): Promise<void> {
    if (this.#watchers.size === 0) return
    try {
      await this.#prove()
    } catch {
      this.#lose(subscription)
    }
  }

  /** Resolves when a message to this node has arrived. */
  async #prove(): Promise<void> {
    const text = proofStart + randomUUID()
    const heard = new Promise<void>((resolve) => {
      this.#proof = { text, heard: resolve }
    })
    await answerInTime(Promise.all([this.#channel.send(text), heard]), PATIENCE, 'watch')
  }

  #hear(text: string): void {
    if (!text.startsWith(proofStart)) this.#watchers.changed(text)
    else if (text === this.#proof?.text) this.#proof.heard()
  }

  /** @param lost the connection that was lost; nothing happens if it has been replaced */
  #lose(lost: Subscription | undefined): void {
    if (lost !== this.#subscription) return
    const pause = Math.min(FIRST_PAUSE * 2 ** this.#failures, LONGEST_PAUSE)
    this.#failures++
    this.#retryAt = performance.now() + pause
    this.#isUp = false
    this.#subscription = undefined
    clearInterval(this.#proofs)
    // first: whoever watches must hear of it, whatever the driver does with the connection
    this.#watchers.down()
    lost?.close()
  }
}
