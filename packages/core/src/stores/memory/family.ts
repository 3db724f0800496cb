import type { FoundToken, PollResult, TokenFamily, TokenRecord } from '../../contract/store.ts'
import { leaseHolder, tombstoneEnd } from '../../lifecycle/credential.ts'
import { mayLeaseFamily } from '../../lifecycle/record.ts'
import {
  ANSWER_USED,
  deriveAccessToken,
  type FamilyTokens,
  firstTokens,
  lookUpToken,
  NO_TOKENS,
  type RotatedToken,
  receivedRotation,
  rotateTokens,
  type StoredFamily,
  type StoredToken,
  shouldNoteUse,
  tokensEnd,
  toRedemption,
  toTokenFamily,
} from '../../lifecycle/token-family.ts'
import type { MemoryCredential } from './credential.ts'

const revokedPoll: PollResult = Object.freeze({ status: 'revoked' })

/** A redeemed credential with its tokens. */
export class MemoryFamily implements StoredFamily {
  readonly credential: MemoryCredential
  readonly redeemedAt: number
  sealedResponse: string
  accessTokens: readonly StoredToken[]
  refreshToken: StoredToken | undefined
  rotated: RotatedToken | undefined
  lastUsedAt: number | undefined = undefined
  name: string | undefined = undefined

  constructor(credential: MemoryCredential, tokens: TokenRecord, sealedResponse: string, now: number) {
    const { accessTokens, refreshToken, rotated } = firstTokens(tokens, credential.userGrant?.scope ?? '')
    credential.endLease()
    this.credential = credential
    this.redeemedAt = now
    this.sealedResponse = sealedResponse
    this.accessTokens = accessTokens
    this.refreshToken = refreshToken
    this.rotated = rotated
  }

  get subject(): string {
    return this.credential.userGrant?.subject ?? ''
  }

  /** True if a token of it can still be used. A revoked family has none. */
  isLive(now: number): boolean {
    return now < tokensEnd(this)
  }

  /** Epoch milliseconds from which the store may forget it. */
  get overAt(): number {
    return Math.max(tombstoneEnd(this.credential), tokensEnd(this))
  }

  poll(): PollResult {
    if (this.credential.ended) return revokedPoll
    return { status: 'redeemed', credential: this.credential, redemption: toRedemption(this) }
  }

  toTokenFamily(): TokenFamily {
    return toTokenFamily(this.credential, this)
  }

  findToken(hash: string, now: number): FoundToken | undefined {
    const found = lookUpToken(this.credential, this, hash, now)
    if (found?.type !== 'access_token') return found
    if (shouldNoteUse(this, now)) this.lastUsedAt = now
    const received = receivedRotation(this, hash)
    if (received !== undefined) this.rotated = { ...received, replaysLeft: ANSWER_USED }
    return found
  }

  replayRotation(replacedHash: string): string | undefined {
    const { rotated } = this
    if (rotated?.hash !== replacedHash || rotated.replaysLeft < 1) return undefined
    this.rotated = { ...rotated, replaysLeft: rotated.replaysLeft - 1 }
    return rotated.sealedResponse
  }

  lease(owner: string, until: number, refreshTokenHash: string, now: number): boolean {
    if (!mayLeaseFamily(this.credential, this, owner, refreshTokenHash, now)) return false
    this.credential.reserve(owner, until)
    return true
  }

  rotate(currentHash: string, tokens: TokenRecord, sealedResponse: string, now: number, owner?: string): boolean {
    if (leaseHolder(this.credential, now) !== owner) return false
    const scope = this.credential.userGrant?.scope ?? ''
    const rotated = rotateTokens(this, currentHash, tokens, sealedResponse, scope, now)
    if (rotated === undefined) return false
    this.credential.endLease()
    this.keep(rotated)
    return true
  }

  deriveAccessToken(subjectHash: string, tokens: TokenRecord, now: number): boolean {
    const derived = deriveAccessToken(this, subjectHash, tokens, now)
    if (derived === undefined) return false
    this.accessTokens = derived
    return true
  }

  revokeAccessToken(hash: string): boolean {
    const before = this.accessTokens.length
    this.accessTokens = this.accessTokens.filter((token) => token.hash !== hash)
    return this.accessTokens.length < before
  }

  /** Ends the family with all its tokens; `false`: it was revoked before. */
  revoke(): boolean {
    if (this.credential.ended) return false
    this.credential.end()
    this.keep(NO_TOKENS)
    this.sealedResponse = ''
    return true
  }

  private keep({ accessTokens, refreshToken, rotated }: FamilyTokens): void {
    this.accessTokens = accessTokens
    this.refreshToken = refreshToken
    this.rotated = rotated
  }
}
