import type { Awaitable } from '../http.ts'
import type { ApprovedGrant } from './hooks.ts'

/** How access tokens are made and recognised; the store keeps only their hash. */
export interface AccessTokenFormat {
  /** Seconds. */
  readonly expiresIn: number
  /** What the token response says. @default 'Bearer' */
  readonly tokenType?: string
  issue(approved: ApprovedGrant): Awaitable<string>
  /** The id of the grant that this token claims to belong to, or `undefined` for what is no token of ours. */
  locate(token: string): Awaitable<string | undefined>
}
