import type { ServerContext } from '../contract/context.ts'
import type { TokenRequest } from '../contract/hook-arguments.ts'
import type { PollStyle } from '../contract/store.ts'

/** One poll with a device code. */
export interface Poll<Native> {
  readonly deviceCode: string
  /** SHA-256 of the device code, base64url: the id of the credential and of the token family that comes of it. */
  readonly id: string
  readonly style: PollStyle
  readonly tokenRequest: TokenRequest<Native>
  readonly context: ServerContext<Native>
}
