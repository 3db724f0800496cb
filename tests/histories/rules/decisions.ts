import type { Operation } from '../history.ts'
import { type Facts, type SignIn, type Violation, violation } from './facts.ts'

function firstOf(signIn: SignIn, step: 'approve' | 'deny'): number {
  return Math.min(...signIn.operations.filter((one) => one.step === step).map(({ at }) => at))
}

function acknowledgedFrom(signIn: SignIn, step: 'approve' | 'deny'): number {
  const decided = signIn.operations.filter((one) => one.step === step && one.answer.result === 'decided')
  return Math.min(...decided.map(({ ended }) => ended))
}

/** No token response ends before the user began to approve. */
export function approvalFirst({ signIns }: Facts): readonly Violation[] {
  return signIns.flatMap((signIn) => {
    const approves = firstOf(signIn, 'approve')
    const granted = signIn.operations.find(({ answer, ended }) => answer.access !== undefined && ended < approves)
    return granted === undefined
      ? []
      : [violation(signIn, granted, 'Tokens were issued, and the user had not approved.')]
  })
}

/** After a denial was acknowledged there is no approval, and there are no tokens. */
export function denialFinal({ signIns }: Facts): readonly Violation[] {
  return signIns.flatMap((signIn) => {
    const denied = acknowledgedFrom(signIn, 'deny')
    const later = signIn.operations.filter(({ at }) => at >= denied)
    const broken = later.find(
      ({ step, answer }) => answer.access !== undefined || (step === 'approve' && answer.result === 'decided'),
    )
    return broken === undefined
      ? []
      : [violation(signIn, broken, `The answer to ${broken.step} contradicts the denial.`)]
  })
}

/** A code that the device has can be entered while it lives and is not decided. */
export function codeKnown({ signIns }: Facts): readonly Violation[] {
  return signIns.flatMap((signIn) => {
    const decided = Math.min(firstOf(signIn, 'approve'), firstOf(signIn, 'deny'))
    const unknown = signIn.operations.find(
      ({ step, note, answer, at, ended }) =>
        step === 'enter' &&
        note !== 'mistyped' &&
        answer.result === 'unknown' &&
        at < decided &&
        ended < signIn.expiresFrom,
    )
    return unknown === undefined ? [] : [violation(signIn, unknown, 'The right code was called wrong.')]
  })
}

/** An end is told as it is: expired when the time is over, denied when the user denied, and never an unknown code. */
export function trueAnswer({ signIns }: Facts): readonly Violation[] {
  return signIns.flatMap((signIn) => {
    const denies = firstOf(signIn, 'deny')
    const granted = signIn.operations.some(({ step, answer }) => step === 'poll' && answer.access !== undefined)
    const isFalse = ({ step, ended, answer: { error } }: Operation): boolean => {
      if (step !== 'poll') return false
      if (error === 'invalid_grant') return !granted && ended < signIn.expiresUntil
      if (error === 'expired_token') return ended < signIn.expiresFrom
      return error === 'access_denied' && ended < denies
    }
    const found = signIn.operations.find(isFalse)
    return found === undefined
      ? []
      : [violation(signIn, found, `The device heard ${found.answer.error}, which is not true.`)]
  })
}

/** Nobody in these histories does too much, so nobody is limited. */
export function nobodyBlamed({ operations }: Facts): readonly Violation[] {
  return operations
    .filter(({ status }) => status === 429)
    .map(({ at, user, code, step }) => ({ at, user, code, text: `An honest user was limited at ${step}.` }))
}
