/** Notices browsers that come back from the log-in again and again without a user, because the server does not see the session. */
export interface LogInLoops {
  /**
   * Counts one visit without a user. Returns `true` from the third visit of a browser within a minute.
   *
   * @param browser - SHA-256 of the page's cookie, base64url.
   * @param now - Epoch milliseconds.
   */
  isLoop(browser: string, now: number): boolean
  /** `true` for the first call, so that the fault is reported once. */
  isFirst(): boolean
}
