/** The server's options in a history, and what follows from them. All are seconds. They are short, so that minutes are enough. */
export const timing = {
  /** Lifetime of the codes. */
  codes: 60,
  /** Pause of a device between two polls. */
  interval: 1,
  accessToken: 600,
  refreshToken: 3600,
  /** Time in which a lost answer is given again. */
  grace: 30,
  /** Repetitions of the answer to one refresh token. */
  repetitions: 2,
  /** Time that a client waits for an answer before it gives up. */
  patience: 10,
  /** Time between the end of the faults and the end of the history, in which everybody gets what was promised. */
  settling: 45,
} as const
