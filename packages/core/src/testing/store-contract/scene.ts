import { strict as assert } from 'node:assert'
import { randomBytes } from 'node:crypto'
import type { AttemptRefusal } from '../../contract/attempts.ts'
import type {
  Claimant,
  ClaimResult,
  DecideResult,
  DeviceCredential,
  DeviceStore,
  PollResult,
  PollStyle,
  TokenRecord,
} from '../../contract/store.ts'

/** One requirement of the store contract, and its check. */
export interface StoreCase {
  readonly name: string
  check(scene: Scene): Promise<void>
}

/** A case of the store contract. */
export function storeCase(name: string, check: (scene: Scene) => Promise<void>): StoreCase {
  return { name, check }
}

/** A random text in the form of a hash or an id, so that cases do not disturb each other in a store that they share. */
export function randomHash(): string {
  return randomBytes(32).toString('base64url')
}

/** Seconds that a credential lives. */
export const LIFETIME = 600
/** Seconds from the creation of a credential until it may be forgotten. */
export const FORGOTTEN_AT = 2 * LIFETIME
/** Seconds. */
export const ACCESS_TOKEN_LIFETIME = 3_600
/** Seconds. */
export const REFRESH_TOKEN_LIFETIME = 86_400
/** The client of all credentials, unless a case says otherwise. */
export const clientId = 'contract-client'

/** The parts of a claim by user code that a case chooses itself. */
interface CodeClaim {
  readonly subject?: string
  readonly browser?: string
  readonly key?: string
  readonly limit?: number
}

/** A store with short ways to use it. Times are in seconds since the scene began, unless they are called `now`. */
export class Scene {
  readonly store: DeviceStore
  readonly alice: string = `alice-${randomHash()}`
  readonly bob: string = `bob-${randomHash()}`
  readonly authentication = { time: 1_700_000_000_000, acr: 'loa2', amr: ['pwd', 'otp'] }
  readonly #start = Date.now()

  constructor(store: DeviceStore) {
    this.store = store
  }

  /** Epoch milliseconds. */
  at(seconds: number): number {
    return this.#start + Math.round(seconds * 1000)
  }

  credential(seconds = 0, given: Partial<DeviceCredential> = {}): DeviceCredential {
    return {
      id: randomHash(),
      clientId,
      scope: 'profile email',
      userCodeHash: randomHash(),
      createdAt: this.at(seconds),
      expiresAt: this.at(seconds + LIFETIME),
      interval: 5,
      ...given,
    }
  }

  async create(seconds = 0, given: Partial<DeviceCredential> = {}): Promise<DeviceCredential> {
    const credential = this.credential(seconds, given)
    assert.equal(await this.store.createDeviceCredential(credential), true, 'the credential is kept')
    return credential
  }

  async poll(
    credential: DeviceCredential,
    seconds: number,
    client: string = clientId,
    style?: PollStyle,
  ): Promise<PollResult> {
    return this.store.pollDeviceCredential(credential.id, client, this.at(seconds), style)
  }

  /** Polls and checks the answer. */
  async polls(credential: DeviceCredential, seconds: number, status: PollResult['status']): Promise<void> {
    assert.equal((await this.poll(credential, seconds)).status, status, `the poll at ${seconds} s`)
  }

  claimant(subject: string, browser = 'phone'): Claimant {
    return { subject, browser }
  }

  async claim(
    credential: DeviceCredential,
    seconds: number,
    subject: string = this.alice,
    browser?: string,
  ): Promise<ClaimResult> {
    return this.store.claim(credential.id, this.claimant(subject, browser), this.at(seconds))
  }

  /** Claims by these hashes of a user code, with an attempt under `key` of which `limit` are allowed. */
  async claimByUserCode(
    userCodeHashes: readonly string[],
    seconds: number,
    { subject = this.alice, browser, key = randomHash(), limit = 10 }: CodeClaim = {},
  ): Promise<AttemptRefusal | { readonly result: ClaimResult; readonly id: string | undefined }> {
    const budgets = [{ key, limit, window: LIFETIME }]
    const claimant = this.claimant(subject, browser)
    const claim = await this.store.claimByUserCode(userCodeHashes, claimant, budgets, this.at(seconds))
    if ('retryAfter' in claim) return { ...claim }
    return { result: claim.result, id: 'credential' in claim ? claim.credential.id : undefined }
  }

  async approve(credential: DeviceCredential, seconds: number, subject: string = this.alice): Promise<DecideResult> {
    const userGrant = {
      subject,
      approved: true,
      scope: 'profile',
      username: 'Alice',
      authentication: this.authentication,
    }
    return this.store.decide(credential.id, userGrant, this.at(seconds))
  }

  async deny(credential: DeviceCredential, seconds: number, subject: string = this.alice): Promise<DecideResult> {
    return this.store.decide(credential.id, { subject, approved: false, scope: '' }, this.at(seconds))
  }

  async approved(): Promise<DeviceCredential> {
    const credential = await this.create()
    assert.equal(await this.approve(credential, 1), 'decided')
    return credential
  }

  tokens(seconds: number, given: Partial<TokenRecord> = {}): TokenRecord {
    return {
      accessTokenHash: randomHash(),
      issuedAt: this.at(seconds),
      accessTokenExpiresAt: this.at(seconds + ACCESS_TOKEN_LIFETIME),
      scope: 'profile',
      refreshTokenHash: randomHash(),
      refreshTokenExpiresAt: this.at(seconds + REFRESH_TOKEN_LIFETIME),
      ...given,
    }
  }

  /** An access token without a refresh token, such as an exchange derives. It lives a minute. */
  derived(seconds: number, given: Partial<TokenRecord> = {}): TokenRecord {
    return {
      accessTokenHash: randomHash(),
      issuedAt: this.at(seconds),
      accessTokenExpiresAt: this.at(seconds + 60),
      scope: '',
      ...given,
    }
  }

  async redeem(credential: DeviceCredential, seconds: number, owner?: string): Promise<boolean> {
    return this.store.redeem(credential.id, this.tokens(seconds), 'sealed', this.at(seconds), owner)
  }

  /** A credential that was redeemed after two seconds, and its tokens. */
  async redeemed(
    given: Partial<TokenRecord> = {},
  ): Promise<{ readonly credential: DeviceCredential; readonly id: string; readonly tokens: TokenRecord }> {
    const credential = await this.approved()
    const tokens = this.tokens(2, given)
    assert.equal(await this.store.redeem(credential.id, tokens, 'sealed', this.at(2)), true, 'the code is redeemed')
    return { credential, id: credential.id, tokens }
  }

  /** The type of the token that the store finds; `undefined` if it finds none. */
  async found(id: string, hash: string | undefined, seconds: number): Promise<string | undefined> {
    assert.ok(hash !== undefined)
    return (await this.store.findToken(id, hash, this.at(seconds)))?.type
  }
}
