/**
 * The rules of credentials and token families, for a store of your own: pure functions over plain records. A store
 * reads a record, asks a rule, and writes the result in one atomic step; or it says the same rule in the language of its
 * database, as `@device-auth/stores` does for polls and decisions. `storeContract` of `@device-auth/core/testing` proves it.
 * `examples/own-store` of the repository is a whole store made of these functions.
 *
 * @module
 */
export { addressKey } from '../ip-address.ts'
export {
  checkClaim,
  checkDecision,
  holdsUserCode,
  isApproved,
  isOnTime,
  isOpen,
  isSameBurst,
  isTwin,
  isUndecided,
  keptStyle,
  leaseHolder,
  MAX_INTERVAL,
  matchesFilter,
  mayLease,
  mayRedeem,
  type Pace,
  POLL_TOLERANCE,
  pace,
  pollStatus,
  raisedInterval,
  SHARED_CODE_DENIAL,
  SLOW_DOWN_STEP,
  type StoredCredential,
  TOLERATED_SHARE,
  TWIN_WINDOW,
  tombstoneEnd,
} from '../lifecycle/credential.ts'

export {
  foundToken,
  hasLiveFamily,
  isAlive,
  isKnown,
  mayLeaseFamily,
  pollResult,
  type StoredRecord,
  toCredential,
} from '../lifecycle/record.ts'
export {
  ANSWER_USED,
  deriveAccessToken,
  type FamilyTokens,
  firstTokens,
  MAX_ACCESS_TOKENS,
  MAX_REPLAYS,
  NO_TOKENS,
  type RotatedToken,
  receivedRotation,
  rotateTokens,
  type StoredFamily,
  type StoredToken,
  shouldNoteUse,
  tokensEnd,
  toRedemption,
  toTokenFamily,
  USE_RESOLUTION,
} from '../lifecycle/token-family.ts'

export { Watchers } from './watchers.ts'
