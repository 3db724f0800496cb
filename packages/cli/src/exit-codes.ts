/** The exit codes of the process. The README has the same table. */
export const exitCodes = {
  ok: 0,
  /** Any failure without a code of its own. */
  failed: 1,
  /** An option or a command is wrong or missing. */
  usage: 2,
  /** A person denied the request. */
  denied: 3,
  /** Nobody approved before the code expired, or within `--time-limit`. */
  expired: 4,
  /** The server cannot be reached, or the answer does not come from an authorization server. */
  network: 5,
  /** There is no token, or it can no longer be refreshed: the user has to sign in. */
  notSignedIn: 6,
  /** Nobody is there to approve (`CI`, a batch job). */
  unattended: 7,
  /** The server refuses the client, the scope or the request. Trying again does not help. */
  misconfigured: 8,
  /** `doctor` found problems. */
  problems: 9,
  /** The terminal was closed (SIGHUP). */
  hungUp: 129,
  /** Ctrl-C. */
  interrupted: 130,
  /** SIGTERM. */
  terminated: 143,
} as const

/** One of {@link exitCodes}. */
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes]
