/**
 * The largest number of attempts, each a whole number from 1 to 1,000,000. Attempts are counted per hour, except the
 * `pending` limits, which are counted over the lifetime of a code (`expiresIn`). A limit that refuses something emits
 * the event `limited`. IPv6 addresses are counted by their /64, and by their /48 with ten times the limit. Private and unknown
 * addresses are not counted, because many people share them. Most windows begin with the first attempt; those of user codes and of
 * device authorization requests begin at the same time for everybody.
 *
 * For user codes, only wrong ones count: unknown, expired, decided or bound to another user. A user with fewer than four wrong
 * codes within the hour is exempt from the limits of the browser and the address. Three quarters of `userCodes` are for such
 * users, and three quarters of the limits of a client and of `pending` for addresses with few requests, so that nobody is locked
 * out by strangers. A limit below 100 has no such reserve.
 */
export interface Limits {
  /** Wrong user codes of one user. No user is exempt. @default 10 */
  readonly userCodesPerUser: number
  /** Wrong user codes in one browser. A user with fewer than four wrong codes is exempt. @default 5 */
  readonly userCodesPerBrowser: number
  /** Wrong user codes from one address. A user with fewer than four wrong codes is exempt. @default 20 */
  readonly userCodesPerAddress: number
  /**
   * Wrong user codes on the whole server. Users with four or more wrong codes may use the first quarter only. When it is
   * used up, right codes are refused too.
   * @default 5000, or 953 with digital codes: calculated from `userCode` and `pending`, so that guesses are unlikely to hit a live code
   * @see {@link https://www.rfc-editor.org/rfc/rfc8628#section-5.1 RFC 8628 section 5.1}
   */
  readonly userCodes: number
  /**
   * Wrong secrets for one client from one address. After that, wrong ones are refused without a check until the hour is over.
   * A right one still passes if it has at least 128 bits and no hook verifies it, or if this process has seen it before.
   * @default 20
   */
  readonly clientSecretsPerAddress: number
  /**
   * Refresh tokens of one client from one address that this server did not issue; and uses of one issued token that is over.
   * After that, these are refused without a look-up until the hour is over. A valid token is never refused.
   * @default 100
   */
  readonly refreshTokensPerAddress: number
  /**
   * Device authorization requests from one address. The address of a client that authenticates itself does not limit it.
   * @default 300: a class of a hundred devices that each ask three times
   */
  readonly requestsPerAddress: number
  /**
   * Device authorization requests of one client, with all its devices. Addresses with ten or more in the hour may use the first
   * quarter only.
   * @default 60000
   */
  readonly requestsPerClient: number
  /**
   * Undecided requests on the whole server. A guess can hit the code of any of them. Addresses with two or more may use the
   * first quarter only, and the last tenth is for clients that authenticate themselves.
   * @default 5000, or 988 with digital codes: calculated from `userCode` and `userCodes`, so that guesses are unlikely to hit a live code
   * @see {@link https://www.rfc-editor.org/rfc/rfc8628#section-5.1 RFC 8628 section 5.1}
   */
  readonly pending: number
  /** Undecided requests from one address. The address of a client that authenticates itself does not limit it. @default 100 */
  readonly pendingPerAddress: number
  /**
   * Undecided requests of one client, with all its devices. Addresses with two or more may use the first quarter only.
   * @default 60 % of `pending`: 3000, or 592 with digital codes
   */
  readonly pendingPerClient: number
  /** Devices that one user may approve on the built-in page. @default 100, or 10 with the option `risk: 'high'` */
  readonly approvalsPerUser: number
}

/**
 * The bounds of polls that wait for the decision. A poll beyond one of them is answered at once, as if it had not asked to
 * wait. They count the polls of this process.
 */
export interface LongPolling {
  /**
   * The longest time that a poll is held, in whole seconds from 1 to 300. Keep it below the time-out of each proxy in front.
   * @default 25
   */
  readonly maxWait: number
  /** Polls that are held at the same time. Each takes about 10 kB beside its connection. @default 10000 */
  readonly maxHeld: number
  /** Polls of one client, with all its devices. @default the same as `maxHeld` */
  readonly maxHeldPerClient: number
  /** Polls from one address; IPv6 addresses are counted by their /64. Private addresses are not counted. @default 100 */
  readonly maxHeldPerAddress: number
}
