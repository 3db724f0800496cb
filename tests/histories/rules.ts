// The rules, as data: what no history may break, and the place that promises it.
import type { History } from './history.ts'
import { approvalFirst, codeKnown, denialFinal, nobodyBlamed, trueAnswer } from './rules/decisions.ts'
import { type Facts, factsOf, type Violation } from './rules/facts.ts'
import { everyoneGetsIn, finalAnswer, noCrash, noServerError, steadyPace } from './rules/liveness.ts'
import { liveToken, oneFamily, oneSuccessor, revokedStaysRevoked, staysSignedIn, theftOnly } from './rules/tokens.ts'
import { findSetup } from './setups.ts'

export interface Rule {
  readonly id: string
  readonly sentence: string
  /** The RFC, or the option or document of this project. */
  readonly promisedBy: string
  /** Finds the breaks of this rule. It looks at the history and at nothing else. */
  check(facts: Facts): readonly Violation[]
}

/** A break of a rule, with the rule. */
export interface Broken extends Violation {
  readonly rule: Rule
}

export const rules: readonly Rule[] = [
  {
    id: 'one-family',
    sentence: 'One device code never gives two token families.',
    promisedBy: 'RFC 6749 section 10.5; DeviceStore.redeem',
    check: oneFamily,
  },
  {
    id: 'one-successor',
    sentence: 'One refresh token never gives two successors.',
    promisedBy: 'RFC 9700 section 4.14.2; DeviceStore.rotateRefreshToken',
    check: oneSuccessor,
  },
  {
    id: 'approval-first',
    sentence: 'There are no tokens before the user has approved.',
    promisedBy: 'RFC 8628 section 3.5',
    check: approvalFirst,
  },
  {
    id: 'denial-final',
    sentence: 'After a denial there is no approval, and there are no tokens.',
    promisedBy: 'RFC 8628 section 3.5; DeviceStore.decide',
    check: denialFinal,
  },
  {
    id: 'revoked-stays-revoked',
    sentence: 'When a revocation has been acknowledged, no token of the family works any more.',
    promisedBy: 'RFC 7009 section 2.1',
    check: revokedStaysRevoked,
  },
  {
    id: 'no-server-error',
    sentence: 'A poll never hears a 5xx.',
    promisedBy: "the option onStoreFailure, 'pending'",
    check: noServerError,
  },
  {
    id: 'code-known',
    sentence: 'A user code that a device has received can be entered.',
    promisedBy: 'RFC 8628 section 3.3; DeviceStore.createDeviceCredential',
    check: codeKnown,
  },
  {
    id: 'true-answer',
    sentence: 'A device hears that its code is expired, denied or unknown only when that is true.',
    promisedBy: 'RFC 8628 section 3.5',
    check: trueAnswer,
  },
  {
    id: 'final-answer',
    sentence: 'A device that keeps polling hears a final answer soon after its code has expired.',
    promisedBy: 'RFC 8628 section 3.5',
    check: finalAnswer,
  },
  {
    id: 'everyone-gets-in',
    sentence: 'Every user who approves gets in when the faults have ended.',
    promisedBy: 'README.md',
    check: everyoneGetsIn,
  },
  {
    id: 'live-token',
    sentence: 'A live access token is never called inactive.',
    promisedBy: 'RFC 7662 section 2.2',
    check: liveToken,
  },
  {
    id: 'stays-signed-in',
    sentence: 'A device that keeps its tokens well is never signed out.',
    promisedBy: 'the option redemptionGrace',
    check: staysSignedIn,
  },
  {
    id: 'theft-only',
    sentence: 'Without a theft, no token family ends as a stolen one.',
    promisedBy: 'the event reuseDetected',
    check: theftOnly,
  },
  {
    id: 'steady-pace',
    sentence: 'A device that keeps the interval is never told to slow down.',
    promisedBy: 'RFC 8628 section 3.5',
    check: steadyPace,
  },
  {
    id: 'nobody-blamed',
    sentence: 'No honest user is limited, whatever fails.',
    promisedBy: 'the option limits',
    check: nobodyBlamed,
  },
  {
    id: 'no-crash',
    sentence: 'A node never ends by itself.',
    promisedBy: 'the types of DeviceAuth: an endpoint never rejects',
    check: noCrash,
  },
]

/** Checks a history against all rules, except those that its set-up's own promise excludes. */
export function check(history: History): readonly Broken[] {
  const { excluded } = findSetup(history.plan.setup)
  const facts = factsOf(history)
  return rules
    .filter(({ id }) => !Object.hasOwn(excluded, id))
    .flatMap((rule) => rule.check(facts).map((found) => ({ rule, ...found })))
    .sort((a, b) => a.at - b.at)
}
