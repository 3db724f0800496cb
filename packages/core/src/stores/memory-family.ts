import {
  type FoundToken,
  type PollResult,
  type TokenFamily,
  type TokenRecord,
  tombstoneEnd,
} from '../contract/store.ts'
import type { MemoryCredential } from './memory-credential.ts'

/** Access tokens of one grant that live at a time; a device that refreshes far too often loses its oldest. */
export const MAX_ACCESS_TOKENS = 10
const useResolution = 60_000
const revokedPoll: PollResult = Object.freeze({ status: 'revoked' })

interface KeptToken {
  readonly hash: string
  readonly scope: string
  readonly issuedAt: number
  readonly expiresAt: number
}

/** The refresh token before the current one. */
interface RotatedToken {
  readonly hash: string
  readonly rotatedAt: number
  readonly sealedResponse: string
}

/** A redeemed credential with its tokens. */
export class MemoryFamily {
  readonly credential: MemoryCredential
  readonly subject: string
  readonly redeemedAt: number
  name: string | undefined = undefined
  #lastUsedAt: number | undefined = undefined
  #sealedResponse: string
  #accessTokens: readonly KeptToken[]
  #refreshToken: KeptToken | undefined
  #rotated: RotatedToken | undefined = undefined
  #revoked = false

  constructor(credential: MemoryCredential, tokens: TokenRecord, sealedResponse: string, now: number) {
    this.credential = credential
    this.subject = credential.userGrant?.subject ?? ''
    this.redeemedAt = now
    this.#sealedResponse = sealedResponse
    this.#accessTokens = [accessToken(tokens)]
    this.#refreshToken = refreshToken(tokens, this.scope)
  }

  /** What the user granted: the scope of every refresh token, however narrow an access token is. */
  get scope(): string {
    return this.credential.userGrant?.scope ?? ''
  }

  get revoked(): boolean {
    return this.#revoked
  }

  /** Whether a token of it can still be used. */
  alive(now: number): boolean {
    return this.#refreshTokenAt(now) !== undefined || this.#accessTokens.some((token) => now < token.expiresAt)
  }

  /** Epoch milliseconds from which nobody has to know of it any more. */
  get overAt(): number {
    const ends = this.#accessTokens.map((token) => token.expiresAt)
    return Math.max(tombstoneEnd(this.credential), this.#refreshToken?.expiresAt ?? 0, ...ends)
  }

  poll(): PollResult {
    if (this.#revoked) return revokedPoll
    const redemption = {
      sealedResponse: this.#sealedResponse,
      redeemedAt: this.redeemedAt,
      used: this.#lastUsedAt !== undefined,
    }
    return { status: 'redeemed', credential: this.credential, redemption }
  }

  toFamily(): TokenFamily {
    const { id, clientId, requester, userGrant } = this.credential
    return {
      id,
      clientId,
      subject: this.subject,
      username: userGrant?.username,
      scope: this.scope,
      requester,
      name: this.name,
      createdAt: this.redeemedAt,
      lastUsedAt: this.#lastUsedAt,
    }
  }

  findToken(hash: string, now: number): FoundToken | undefined {
    const used = this.#accessTokens.find((token) => token.hash === hash)
    if (used !== undefined) {
      if (now >= used.expiresAt) return undefined
      this.#noteUse(now)
      return this.#found('access_token', used)
    }
    const current = this.#refreshTokenAt(now)
    if (current?.hash === hash) return this.#found('refresh_token', current)
    if (this.#rotated?.hash !== hash) return undefined
    const { rotatedAt, sealedResponse } = this.#rotated
    return { type: 'rotated', grant: this.toFamily(), rotatedAt, sealedResponse }
  }

  #found(type: 'access_token' | 'refresh_token', token: KeptToken): FoundToken {
    const { scope, issuedAt, expiresAt } = token
    return { type, grant: this.toFamily(), scope, issuedAt, expiresAt }
  }

  #noteUse(now: number): void {
    if (this.#lastUsedAt === undefined || now - this.#lastUsedAt > useResolution) this.#lastUsedAt = now
  }

  #refreshTokenAt(now: number): KeptToken | undefined {
    return this.#refreshToken !== undefined && now < this.#refreshToken.expiresAt ? this.#refreshToken : undefined
  }

  rotate(currentHash: string, tokens: TokenRecord, sealedResponse: string, now: number): boolean {
    if (this.#refreshTokenAt(now)?.hash !== currentHash) return false
    this.#rotated = { hash: currentHash, rotatedAt: now, sealedResponse }
    this.#refreshToken = refreshToken(tokens, this.scope)
    const live = this.#accessTokens.filter((token) => now < token.expiresAt)
    this.#accessTokens = [...live, accessToken(tokens)].slice(-MAX_ACCESS_TOKENS)
    return true
  }

  revokeAccessToken(hash: string): boolean {
    const before = this.#accessTokens.length
    this.#accessTokens = this.#accessTokens.filter((token) => token.hash !== hash)
    return this.#accessTokens.length < before
  }

  /** Ends it with all its tokens; `false` when that was done before. */
  revoke(): boolean {
    if (this.#revoked) return false
    this.#revoked = true
    this.#accessTokens = []
    this.#refreshToken = undefined
    this.#rotated = undefined
    this.#sealedResponse = ''
    return true
  }
}

function accessToken(tokens: TokenRecord): KeptToken {
  const { accessTokenHash: hash, scope, issuedAt, accessTokenExpiresAt: expiresAt } = tokens
  return { hash, scope, issuedAt, expiresAt }
}

/** None ends the refreshing; one without an end lives until it is revoked. */
function refreshToken(tokens: TokenRecord, scope: string): KeptToken | undefined {
  const { refreshTokenHash: hash, issuedAt, refreshTokenExpiresAt: expiresAt = Number.POSITIVE_INFINITY } = tokens
  return hash === undefined ? undefined : { hash, scope, issuedAt, expiresAt }
}
