import { type Check, isObject } from '../checks.ts'
import type { ApprovalProof } from '../contract/approval.ts'
import { guard } from '../time-limit.ts'

const hasFunctions = (value: unknown, ...names: readonly string[]): boolean =>
  isObject(value) === undefined && names.every((name) => typeof Reflect.get(Object(value), name) === 'function')

/** The check of the option `approval`. */
export const isApprovalProof: Check = (value) => {
  const { enrolment } = Object(value)
  const fits =
    hasFunctions(value, 'ask', 'verify') &&
    (enrolment === undefined || hasFunctions(enrolment, 'panel', 'add', 'remove'))
  return fits
    ? undefined
    : 'a proof such as passkeyApproval({ … }) of @device-auth/passkeys: an object with the functions ask and verify, and enrolment with panel, add and remove if wanted'
}

/**
 * The option `approval` with functions that are bound to their object and limited in time.
 *
 * @param timeout - Milliseconds.
 */
export function resolveApproval<Native>(
  given: ApprovalProof<Native> | undefined,
  timeout: number,
): ApprovalProof<Native> | undefined {
  if (given === undefined) return undefined
  const ask = guard('approval.ask', 'hook', timeout, given.ask.bind(given))
  const verify = guard('approval.verify', 'hook', timeout, given.verify.bind(given))
  const { enrolment } = given
  if (enrolment === undefined) return Object.freeze({ ask, verify })
  const panel = guard('approval.enrolment.panel', 'hook', timeout, enrolment.panel.bind(enrolment))
  const add = guard('approval.enrolment.add', 'hook', timeout, enrolment.add.bind(enrolment))
  const remove = guard('approval.enrolment.remove', 'hook', timeout, enrolment.remove.bind(enrolment))
  return Object.freeze({ ask, verify, enrolment: Object.freeze({ panel, add, remove }) })
}
