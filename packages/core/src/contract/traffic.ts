import type { OAuthResponse } from '../http.ts'
import type { EndpointName } from './hook-arguments.ts'

/** The requests under way in this process. */
export interface Traffic {
  /**
   * Counts a request that begins.
   *
   * @returns `false` if this process has too many requests under way to begin this one; it is then not counted.
   */
  enter(endpoint: EndpointName): boolean
  /** Ends a request that was counted. */
  leave(): void
  /** Begins to drain: see `deviceAuth.drain`. */
  drain(): void
  /** `true` after `drain`. */
  draining(): boolean
  /** The response itself or, while the process drains, the same with `Connection: close`. */
  finish(response: OAuthResponse): OAuthResponse
}
