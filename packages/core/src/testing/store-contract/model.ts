import type { PollStyle } from '../../contract/store.ts'
import {
  MAX_INTERVAL,
  POLL_TOLERANCE,
  SLOW_DOWN_STEP,
  TOLERATED_SHARE,
  TWIN_WINDOW,
} from '../../lifecycle/credential.ts'

/** A step of the interleavings. Times are epoch milliseconds. */
export type Operation =
  | { readonly step: 'poll'; readonly clientId: string; readonly style: PollStyle }
  | { readonly step: 'slowDown'; readonly clientId: string }
  | { readonly step: 'claim'; readonly subject: string; readonly browser: string }
  | { readonly step: 'decide'; readonly subject: string; readonly approved: boolean }
  | {
      readonly step: 'lease'
      readonly owner: string
      readonly until: number
      readonly refreshHash: string | undefined
    }
  | { readonly step: 'release'; readonly owner: string }
  | { readonly step: 'redeem'; readonly owner: string | undefined; readonly tokenExpiresAt: number }
  | {
      readonly step: 'rotate'
      readonly owner: string | undefined
      readonly from: string
      readonly to: string
      readonly tokenExpiresAt: number
    }
  /** Derives a token from the access token that came in the answer with this refresh token. */
  | { readonly step: 'derive'; readonly refreshHash: string; readonly tokenExpiresAt: number }
  /** Uses the access token that came in the answer with this refresh token. */
  | { readonly step: 'use'; readonly refreshHash: string }
  | { readonly step: 'replay'; readonly replaced: string }
  | { readonly step: 'revoke' }
  | { readonly step: 'find'; readonly subject: string }

/** The state of one credential in the model. */
export interface ModelState {
  readonly clientId: string
  readonly expiresAt: number
  readonly tombstoneEnd: number
  readonly tokenExpiresAt?: number
  /** The hash of the current refresh token. */
  readonly refreshHash?: string
  readonly refreshTokenExpiresAt?: number
  /** The ends of the access tokens, by the refresh token that came with each. */
  readonly accessTokens?: Readonly<Record<string, number>>
  /** The refresh token before the current one, and how many times the answer may be given again. */
  readonly replaced?: string
  readonly replays?: number
  readonly interval: number
  readonly polledAt?: number
  /** The styles in which the last counted poll has come, its twin included. */
  readonly polledIn?: readonly PollStyle[]
  readonly slowedAt?: number
  readonly claimedBy?: string
  readonly claimedIn?: string
  readonly approved?: boolean
  /** The subject that decided. */
  readonly subject?: string
  readonly lease?: { readonly owner: string; readonly until: number }
  readonly ended?: 'cancelled' | 'redeemed' | 'revoked'
}

/** The state after a step, and the answer of the step. */
export type Outcome = readonly [state: ModelState, answer: string]

/**
 * The store contract once more, for one credential: slow and plain, and independent of the rules in `lifecycle/`, so that it
 * finds their mistakes. It shares only the numbers of pacing with them.
 */
export function applyStep(state: ModelState, operation: Operation, now: number): Outcome {
  switch (operation.step) {
    case 'poll':
      return operation.clientId === state.clientId ? poll(state, operation.style, now) : [state, 'unknown']
    case 'slowDown': {
      if (operation.clientId !== state.clientId || !isPending(state, now)) return [state, 'undefined']
      const slowed = slowDown(state, now)
      return [slowed, String(slowed.interval)]
    }
    case 'claim':
      return claim(state, operation.subject, operation.browser, now)
    case 'decide':
      return decide(state, operation.subject, operation.approved, now)
    case 'lease': {
      const { owner, until, refreshHash } = operation
      const isFree = refreshHash === undefined ? isApproved(state, now) : isCurrent(state, refreshHash, now)
      if (!isFree || (leaseOwner(state, now) ?? owner) !== owner) return [state, 'false']
      return [{ ...state, lease: { owner, until } }, 'true']
    }
    case 'release':
      return [state.lease?.owner === operation.owner ? withoutLease(state) : state, 'undefined']
    case 'redeem': {
      if (!isApproved(state, now) || leaseOwner(state, now) !== operation.owner) return [state, 'false']
      return [withoutLease({ ...state, ended: 'redeemed', ...firstTokens(operation.tokenExpiresAt) }), 'true']
    }
    case 'rotate':
      return rotate(state, operation, now)
    case 'use': {
      const { refreshHash } = operation
      if (state.ended !== 'redeemed' || now >= (state.accessTokens?.[refreshHash] ?? 0)) return [state, 'undefined']
      const isReceived = state.refreshHash === refreshHash && state.replaced !== undefined
      return [isReceived ? { ...state, replays: -1 } : state, 'access_token']
    }
    case 'derive': {
      const subjectEnd = state.ended === 'redeemed' ? (state.accessTokens?.[operation.refreshHash] ?? 0) : 0
      return [state, String(now < subjectEnd && operation.tokenExpiresAt <= subjectEnd)]
    }
    case 'replay':
      return replay(state, operation.replaced, now)
    case 'revoke':
      return revoke(state, now)
    case 'find':
      return [state, String(isAlive(state, now) && (state.subject ?? state.claimedBy) === operation.subject)]
  }
}

function rotate(state: ModelState, operation: Operation & { step: 'rotate' }, now: number): Outcome {
  const { owner, from, to, tokenExpiresAt: ends } = operation
  if (!isCurrent(state, from, now) || leaseOwner(state, now) !== owner) return [state, 'false']
  const tokenExpiresAt = Math.max(state.tokenExpiresAt ?? 0, ends)
  const accessTokens = { ...state.accessTokens, [to]: ends }
  const rotated = { refreshHash: to, refreshTokenExpiresAt: ends, replaced: from, replays: 2, accessTokens }
  return [withoutLease({ ...state, ...rotated, tokenExpiresAt }), 'true']
}

function replay(state: ModelState, hash: string, now: number): Outcome {
  const { replaced, replays = 0 } = state
  const mayReplay = state.ended === 'redeemed' && !isForgotten(state, now) && replays > 0
  if (!mayReplay || replaced !== hash) return [state, 'undefined']
  return [{ ...state, replays: replays - 1 }, 'sealed']
}

/** The tokens of a redemption: both end at the same time, and the refresh token is `first`. */
function firstTokens(ends: number): Partial<ModelState> {
  return { tokenExpiresAt: ends, refreshHash: 'first', refreshTokenExpiresAt: ends, accessTokens: { first: ends } }
}

function isCurrent(state: ModelState, refreshHash: string, now: number): boolean {
  const { ended, refreshHash: current, refreshTokenExpiresAt = 0 } = state
  return ended === 'redeemed' && current === refreshHash && now < refreshTokenExpiresAt
}

function withoutLease({ lease: _, ...rest }: ModelState): ModelState {
  return rest
}

/**
 * True if the store may have forgotten the credential: after its tombstone time and, if it was redeemed, also after the end of
 * its tokens. A revoked credential has no tokens.
 */
function isForgotten({ ended, tombstoneEnd, tokenExpiresAt = 0 }: ModelState, now: number): boolean {
  return now >= (ended === 'redeemed' ? Math.max(tombstoneEnd, tokenExpiresAt) : tombstoneEnd)
}

function isPending(state: ModelState, now: number): boolean {
  return state.ended === undefined && state.approved === undefined && now < state.expiresAt
}

function isApproved(state: ModelState, now: number): boolean {
  return state.ended === undefined && state.approved === true && now < state.expiresAt
}

/** True while its tokens live, or may still come. */
function isAlive(state: ModelState, now: number): boolean {
  if (state.ended === 'redeemed') return now < (state.tokenExpiresAt ?? 0)
  return isPending(state, now) || isApproved(state, now)
}

function leaseOwner(state: ModelState, now: number): string | undefined {
  return state.lease !== undefined && now < state.lease.until ? state.lease.owner : undefined
}

function poll(state: ModelState, style: PollStyle, now: number): Outcome {
  if (isForgotten(state, now)) return [state, 'unknown']
  if (state.ended !== undefined) return [state, state.ended]
  if (now >= state.expiresAt) return [state, 'expired']
  if (state.approved === false) return [state, 'denied']
  if (state.approved === true) return [state, leaseOwner(state, now) === undefined ? 'approved' : 'redeeming']
  const { interval, polledAt = Number.NEGATIVE_INFINITY, polledIn = [] } = state
  const tolerance = Math.min(POLL_TOLERANCE, interval * 1000 * TOLERATED_SHARE)
  if (now - polledAt >= interval * 1000 - tolerance) return [{ ...state, polledAt: now, polledIn: [style] }, 'pending']
  const isTwin = now - polledAt < TWIN_WINDOW && polledIn.length === 1 && !polledIn.includes(style)
  if (isTwin) return [{ ...state, polledIn: [...polledIn, style] }, 'pending']
  const slowed = slowDown(state, now)
  return [slowed, `slow_down ${slowed.interval}`]
}

function slowDown(state: ModelState, now: number): ModelState {
  if (state.slowedAt !== undefined && now - state.slowedAt < POLL_TOLERANCE) return state
  return { ...state, interval: Math.min(state.interval + SLOW_DOWN_STEP, MAX_INTERVAL), slowedAt: now }
}

function claim(state: ModelState, subject: string, browser: string, now: number): Outcome {
  if (!isPending(state, now)) return [state, 'unknown']
  const first = state.claimedBy === undefined
  if (first || state.claimedBy === subject || state.claimedIn === browser)
    return [{ ...state, claimedBy: subject, claimedIn: browser }, 'claimed']
  return [{ ...state, approved: false, subject: '' }, 'shared']
}

function decide(state: ModelState, subject: string, approved: boolean, now: number): Outcome {
  const hidden = state.ended === 'cancelled' || state.ended === 'revoked' || isForgotten(state, now)
  if (hidden || (state.claimedBy !== undefined && state.claimedBy !== subject)) return [state, 'unknown']
  if (now >= state.expiresAt) return [state, 'expired']
  if (state.approved !== undefined) return [state, 'alreadyDecided']
  return [{ ...state, approved, subject }, 'decided']
}

function revoke(state: ModelState, now: number): Outcome {
  if (state.ended === 'redeemed' && !isForgotten(state, now)) return [{ ...state, ended: 'revoked' }, 'true']
  return isAlive(state, now) ? [{ ...state, ended: 'cancelled' }, 'true'] : [state, 'false']
}
