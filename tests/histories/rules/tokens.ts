import { groupBy } from '../group.ts'
import type { Operation } from '../history.ts'
import { timing } from '../timing.ts'
import { type Facts, type SignIn, type Violation, violation } from './facts.ts'

/** All token responses to one code are the same tokens. */
export function oneFamily({ signIns }: Facts): readonly Violation[] {
  return signIns.flatMap((signIn) => {
    const granted = signIn.operations.filter(({ step, answer }) => step === 'poll' && answer.access !== undefined)
    return differing(signIn, granted, 'The code gave other tokens than before: a second token family.')
  })
}

/** All answers to one refresh token are the same tokens. */
export function oneSuccessor({ signIns }: Facts): readonly Violation[] {
  return signIns.flatMap((signIn) => {
    const granted = signIn.operations.filter(({ step, answer }) => step === 'refresh' && answer.access !== undefined)
    return [...groupBy(granted, ({ given }) => given).values()].flatMap((same) =>
      differing(signIn, same, 'The refresh token gave other tokens than before: a second successor.'),
    )
  })
}

function differing(signIn: SignIn, granted: readonly Operation[], text: string): readonly Violation[] {
  const [first, ...later] = granted
  const other = later.find(
    ({ answer }) => answer.refresh !== first?.answer.refresh || answer.access !== first?.answer.access,
  )
  return other === undefined ? [] : [violation(signIn, other, text)]
}

/** The first moment from which everything is revoked: a revocation was acknowledged. */
function revokedFrom({ operations }: SignIn): number {
  const acknowledged = operations.filter(({ step, status }) => step === 'revoke' && status === 200)
  return Math.min(...acknowledged.map(({ ended }) => ended))
}

/** The first moment from which a revocation may have happened. */
function mayBeRevokedFrom({ operations }: SignIn): number {
  return Math.min(...operations.filter(({ step }) => step === 'revoke').map(({ at }) => at))
}

/** After a revocation was acknowledged, no token of the family works. */
export function revokedStaysRevoked({ signIns }: Facts): readonly Violation[] {
  return signIns.flatMap((signIn) => {
    const from = revokedFrom(signIn)
    const later = signIn.operations.filter(({ at }) => at >= from)
    const works = later.find(({ answer }) => answer.active === true || answer.access !== undefined)
    return works === undefined
      ? []
      : [violation(signIn, works, `The answer to ${works.step} came after the revocation.`)]
  })
}

/** An access token that lives is never called dead. */
export function liveToken({ signIns }: Facts): readonly Violation[] {
  return signIns.flatMap((signIn) => {
    const born = new Map(
      signIn.operations.flatMap(({ answer, at }) =>
        answer.access === undefined ? [] : [[answer.access, at] as const],
      ),
    )
    const revoked = mayBeRevokedFrom(signIn)
    const dead = signIn.operations.find(
      ({ step, given = '', answer, ended }) =>
        step === 'introspect' &&
        answer.active === false &&
        ended < revoked &&
        ended < (born.get(given) ?? 0) + timing.accessToken * 1000,
    )
    return dead === undefined ? [] : [violation(signIn, dead, 'A live access token was called inactive.')]
  })
}

/** A device that keeps its tokens well, and repeats lost refreshes as often and as soon as promised, is never signed out. */
export function staysSignedIn({ signIns }: Facts): readonly Violation[] {
  return signIns.flatMap((signIn) => {
    const revoked = mayBeRevokedFrom(signIn)
    const refreshes = signIn.operations.filter(({ step }) => step === 'refresh')
    const refused = refreshes.find(
      (one) => one.answer.error === 'invalid_grant' && one.ended < revoked && isWithinPromise(one, refreshes),
    )
    return refused === undefined
      ? []
      : [violation(signIn, refused, 'The refresh token of an honest device was refused with invalid_grant.')]
  })
}

/** The lost answer is given again for so long and so often; what comes later or more often may be refused. */
function isWithinPromise(refused: Operation, refreshes: readonly Operation[]): boolean {
  const same = refreshes.filter(({ given, at }) => given === refused.given && at <= refused.ended)
  const first = Math.min(...same.map(({ at }) => at))
  const isSoon = refused.ended - first < timing.grace * 1000
  return isSoon && same.length <= timing.repetitions + 1
}

/** Nothing was stolen in these histories, so no family may end as if it was. */
export function theftOnly({ signIns }: Facts): readonly Violation[] {
  return signIns.flatMap((signIn) => {
    const { operations, events } = signIn
    const revoked = mayBeRevokedFrom(signIn)
    const found = events.find(
      ({ name, text, at }) => at < revoked && (name === 'reuseDetected' || (name === 'replayed' && text === 'revoked')),
    )
    if (found === undefined || operations.length === 0) return []
    return [violation(signIn, found, `The event ${found.name} without a theft: a good device was signed out.`)]
  })
}
