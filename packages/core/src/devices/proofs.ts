import type { ShownProofs } from '../contract/pages/model.ts'
import type { DevicesNotice } from '../contract/pages/notices.ts'
import type { UserVisit } from '../contract/visit.ts'
import { randomToken } from '../crypto/random.ts'
import { boundTo, type HandleContent, isFor, sealHandle } from '../verification/form-handle.ts'
import { challengeOver, proofVisitor } from '../verification/proof.ts'

/** The milliseconds in which a user can add what proofs are given by, from when the page was shown. */
const ADD_LIFETIME = 10 * 60 * 1000

/** The part of the page of devices that the option `approval` adds; `undefined` if it adds none. */
export async function shownProofs<Native>(visit: UserVisit<Native>): Promise<ShownProofs | undefined> {
  const { user, context } = visit
  const enrolment = context.options.approval?.enrolment
  if (enrolment === undefined) return undefined
  const nonce = randomToken()
  const panel = await enrolment.panel(proofVisitor(visit), enrolmentChallenge(nonce, visit))
  const expiresAt = context.now() + ADD_LIFETIME
  const sealed = (content: HandleContent): string => sealHandle(context.handleKeys, content)
  return {
    ...panel,
    handle: sealed({ kind: 'addProof', nonce, expiresAt, ...boundTo(user) }),
    items: panel.items.map((item) => ({
      ...item,
      handle: sealed({ kind: 'removeProof', id: item.id, ...boundTo(user) }),
    })),
  }
}

function enrolmentChallenge<Native>(nonce: string, { user }: UserVisit<Native>): string {
  return challengeOver(['enrol', nonce, user.subject, user.session ?? ''])
}

/** Carries out a form of that part, and returns what the page reports of it; `undefined` for a form that is not of this server. */
export async function changeProofs<Native>(
  parameters: ReadonlyMap<string, string>,
  form: Extract<HandleContent, { kind: 'addProof' | 'removeProof' }>,
  visit: UserVisit<Native>,
): Promise<DevicesNotice | undefined> {
  const { user, context } = visit
  const enrolment = context.options.approval?.enrolment
  if (enrolment === undefined || parameters.get('action') !== form.kind) return undefined
  if (!isFor(form, user)) return 'accountChanged'
  const visitor = proofVisitor(visit)
  if (form.kind === 'removeProof') return (await enrolment.remove(visitor, form.id)) ? 'proofRemoved' : 'proofFailed'
  const proof = parameters.get('proof')
  if (proof === undefined || context.now() >= form.expiresAt) return 'proofFailed'
  return (await enrolment.add(visitor, enrolmentChallenge(form.nonce, visit), proof)) ? 'proofAdded' : 'proofFailed'
}
