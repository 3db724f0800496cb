import type { Awaitable } from '../http.ts'
import type { ApprovedGrant } from './hook-arguments.ts'

/** A format of access tokens: makes and recognises them. The store keeps their hashes only. */
export interface AccessTokenFormat {
  /** The lifetime of an access token in seconds. */
  readonly expiresIn: number
  /** The `token_type` of the token response. @default 'Bearer' */
  readonly tokenType?: string
  /** Makes an access token. Called once per redemption and once per refresh, by the default hook `generateToken`. */
  issue(approved: ApprovedGrant): Awaitable<string>
  /**
   * Reads the id of the token family, the `grantId`, from a token of this format. Called each time that a token is
   * presented. Whether the token is genuine is not asked here: the store compares its hash.
   *
   * @returns `undefined` for a text that is not such a token.
   */
  locate(token: string): Awaitable<string | undefined>
}
