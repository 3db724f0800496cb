import { createHash } from 'node:crypto'
import { groupBy } from '../group.ts'
import type { EventEntry, History, Operation } from '../history.ts'
import type { UserPlan } from '../plan.ts'

/** One device code and all that was done with it. */
export interface SignIn {
  readonly code: string
  readonly user: UserPlan
  /** Milliseconds at which the codes were acknowledged, and at which they expire: no sooner, and no later. */
  readonly acknowledged: number
  readonly expiresFrom: number
  readonly expiresUntil: number
  /** In the order in which they began. */
  readonly operations: readonly Operation[]
  /** Events of its token family. */
  readonly events: readonly EventEntry[]
}

/** A history, sorted for the rules. */
export interface Facts {
  readonly history: History
  readonly signIns: readonly SignIn[]
  /** In the order in which they began. */
  readonly operations: readonly Operation[]
  readonly events: readonly EventEntry[]
}

/** A break of a rule. */
export interface Violation {
  /** Milliseconds since the history began. */
  readonly at: number
  readonly user?: number | undefined
  /** The device code of the sign-in. */
  readonly code?: string | undefined
  readonly text: string
}

/** The id of the token family that comes of a device code. */
export function grantIdOf(code: string): string {
  return createHash('sha256').update(code).digest('base64url')
}

/** Sorts a history by sign-in. */
export function factsOf(history: History): Facts {
  const operations = history.entries.filter((entry) => entry.kind === 'operation').sort((a, b) => a.at - b.at)
  const events = history.entries.filter((entry) => entry.kind === 'event')
  const byCode = groupBy(operations, (operation) => operation.code ?? operation.answer.deviceCode ?? '')
  const byGrant = groupBy(events, (event) => event.grantId ?? '')
  const signIns = operations.flatMap((asked): SignIn[] => {
    const { deviceCode: code, expiresIn = 0 } = asked.answer
    const user = history.plan.users.find(({ number }) => number === asked.user)
    if (asked.step !== 'codes' || code === undefined || user === undefined) return []
    return [
      {
        code,
        user,
        acknowledged: asked.ended,
        expiresFrom: asked.at + expiresIn * 1000,
        expiresUntil: asked.ended + expiresIn * 1000,
        operations: byCode.get(code) ?? [],
        events: byGrant.get(grantIdOf(code)) ?? [],
      },
    ]
  })
  return { history, signIns, operations, events }
}

/** Makes a violation of a sign-in at one of its operations. */
export function violation({ user, code }: SignIn, { at }: { readonly at: number }, text: string): Violation {
  return { at, user: user.number, code, text }
}
