/** What the process ends with; the README has the same table. */
export const exitCodes = {
  ok: 0,
  /** Anything that has no code of its own. */
  failed: 1,
  /** An option or a command is wrong or missing. */
  usage: 2,
  /** A person said no. */
  denied: 3,
  /** Nobody decided before the code, or `--time-limit`, ran out. */
  expired: 4,
  /** The server cannot be reached, or what answers is none. */
  network: 5,
  /** There is no token, or it can no longer be refreshed: sign in. */
  notSignedIn: 6,
  /** Nobody is there who could approve (`CI`, a batch job). */
  unattended: 7,
  /** The server refuses the client, its scopes or its request: no repetition helps. */
  misconfigured: 8,
  /** `doctor` found problems. */
  problems: 9,
  /** Ctrl-C. */
  interrupted: 130,
  /** SIGTERM. */
  terminated: 143,
} as const

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes]
