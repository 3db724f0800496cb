import { faults } from '../faults.ts'
import type { FaultEntry, History, Operation } from '../history.ts'
import { timing } from '../timing.ts'
import { PATIENCE_AFTER_EXPIRY } from '../users/device.ts'
import { type Facts, type Violation, violation } from './facts.ts'

/** Milliseconds after the last fault in which whoever is waiting has to get an answer. */
const BOUND = (timing.settling - 5) * 1000
/** Milliseconds after a fault in which a node may still wait for a connection that is dead. */
const AFTERMATH = 6_000

const goesOn = new Set(['authorization_pending', 'slow_down'])

function isFinal({ status, answer }: Operation): boolean {
  return status === 200 || (status >= 400 && status < 500 && !goesOn.has(answer.error ?? ''))
}

/** A poll is answered with a token response, an OAuth error, or not at all: never with a 5xx. */
export function noServerError({ operations }: Facts): readonly Violation[] {
  return operations
    .filter(({ step, status }) => step === 'poll' && status >= 500)
    .map(({ at, user, code, status }) => ({ at, user, code, text: `A poll heard the status ${status}.` }))
}

/** A device that keeps polling hears a final answer within the lifetime of its code and a bound. */
export function finalAnswer({ signIns, history }: Facts): readonly Violation[] {
  return signIns.flatMap((signIn) => {
    const polls = signIn.operations.filter(({ step }) => step === 'poll')
    const last = polls.at(-1)
    const due = signIn.expiresUntil + (PATIENCE_AFTER_EXPIRY - 5) * 1000
    const wasAnswered = polls.some((poll) => poll.at > signIn.expiresUntil + 5000 && couldBeAnswered(poll, history))
    if (last === undefined || due > history.ended || !wasAnswered || polls.some(isFinal)) return []
    return [
      violation(signIn, last, 'The device polled until long after its code had expired, and heard no final answer.'),
    ]
  })
}

/**
 * True if the node was there and could ask its store. While it cannot, a poll hears `authorization_pending`; that may last for
 * as long as the device polls.
 */
function couldBeAnswered({ node, status, at, ended }: Operation, { entries }: History): boolean {
  if (status === 0) return false
  return !entries.some(
    (entry) =>
      entry.kind === 'fault' && entry.at < ended && at < entry.ended + AFTERMATH && isBetweenStoreAnd(node, entry),
  )
}

function isBetweenStoreAnd(node: number, { fault, target }: FaultEntry): boolean {
  const place = faults.find(({ name }) => name === fault)?.place
  return (
    place === 'database' || (place === 'links' && (target.startsWith('all links') || target.includes(`node ${node}`)))
  )
}

/** Every user who approves gets in, at the latest a while after the faults have ended. */
export function everyoneGetsIn({ history, operations }: Facts): readonly Violation[] {
  const signedIn = new Set(operations.filter(({ answer }) => answer.access !== undefined).map(({ user }) => user))
  return history.plan.users.flatMap(({ number, decision, startsAt }) => {
    const began = Math.max(startsAt * 1000, history.faultsEnded)
    if (decision !== 'approves' || signedIn.has(number) || history.ended < began + BOUND) return []
    return [{ at: history.ended, user: number, text: 'The user approves, and the device never got its tokens.' }]
  })
}

/** A device that waits for the interval after each answer is never told to slow down. */
export function steadyPace({ signIns }: Facts): readonly Violation[] {
  return signIns
    .filter(({ user }) => !user.doubled)
    .flatMap((signIn) => {
      const polls = signIn.operations.filter(({ step }) => step === 'poll')
      const slowed = polls.find(
        ({ answer }, index) => answer.error === 'slow_down' && isSteady(polls.slice(0, index + 1)),
      )
      return slowed === undefined
        ? []
        : [violation(signIn, slowed, 'A device that kept the interval was told to slow down.')]
    })
}

/**
 * A poll without an answer may have been told to slow down: then the server has an interval for the rest of the sign-in that the
 * device does not know, so the device is not to be called steady.
 */
function isSteady(polls: readonly Operation[]): boolean {
  const [last, before] = [polls.at(-1), polls.at(-2)]
  if (last === undefined || before === undefined) return true
  return last.at - before.ended >= timing.interval * 1000 && polls.every(({ status }) => status !== 0)
}

/** A node never ends by itself. */
export function noCrash({ events }: Facts): readonly Violation[] {
  return events
    .filter(({ name }) => name === 'crashed')
    .map(({ at, node, text }) => ({ at, text: `Node ${node} ended by itself: ${text}` }))
}
