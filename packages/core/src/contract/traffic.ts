import type { OAuthRequest, OAuthResponse } from '../http.ts'
import type { EndpointName } from './hook-arguments.ts'

/** The requests under way in this process. */
export interface Traffic {
  /**
   * Counts a request that begins.
   *
   * @param request - It has `arrivedAt` if it came over a connection.
   * @returns `false` if this process has too many requests under way to begin this one; it is then not counted.
   */
  enter(endpoint: EndpointName, request: Pick<OAuthRequest, 'arrivedAt' | 'acceptedAt'>): boolean
  /** Ends a request that was counted. */
  leave(endpoint: EndpointName): void
  /** Counts a request again that left while it waited for a decision. It is never refused: it has been let in before. */
  rejoin(endpoint: EndpointName): void
  /** Begins to drain: see `deviceAuth.drain`. */
  drain(): void
  /** `true` after `drain`. */
  draining(): boolean
  /** Calls `listener` when `drain` is called first. @returns the function that removes it */
  onDrain(listener: () => void): () => void
  /** The response itself or, while the process drains, the same with `Connection: close`. */
  finish(response: OAuthResponse): OAuthResponse
}
