import type {
  AttemptBudget,
  AttemptRefusal,
  Claimant,
  ClaimResult,
  DecideResult,
  Now,
  UserCodeClaim,
  UserGrant,
} from '@device-auth/core'
import { toCredential } from '@device-auth/core/stores'
import type { Attempts } from './attempts.ts'
import { newCallId } from './call-id.ts'
import type { RunScript } from './client.ts'
import type { Keys } from './creation.ts'
import { decisionDetails, instant, recordFromHash } from './fields.ts'
import type { Indexes } from './indexes.ts'
import * as scripts from './scripts.ts'

/** The steps that bind a credential to a user. */
interface Decisions {
  claim(id: string, claimant: Claimant, now: Now): Promise<ClaimResult>
  claimByUserCode(
    userCodeHashes: readonly string[],
    claimant: Claimant,
    budgets: readonly AttemptBudget[],
    now: Now,
    until?: number,
  ): Promise<AttemptRefusal | UserCodeClaim>
  decide(id: string, userGrant: UserGrant, now: Now): Promise<DecideResult>
}

interface Parts {
  readonly run: RunScript
  /** Runs a script whose write must not be lost. */
  readonly keep: RunScript
  readonly keys: Keys
  readonly indexes: Indexes
  readonly attempts: Attempts
  /** True if the server runs commands in the order in which they are sent: it counts an attempt, then reads the code. */
  readonly isOrdered: boolean
}

/**
 * Counts an attempt, then reads user codes: in one round trip if the server does both in this order. Otherwise no code is read
 * before the attempt is counted, which takes one more.
 *
 * @returns for each hash the id of the credential that holds the code, or ''
 */
async function countAndRead(
  userCodeHashes: readonly string[],
  budgets: readonly AttemptBudget[],
  { now, until }: { readonly now: Now; readonly until: number | undefined },
  { run, keys, attempts, isOrdered }: Parts,
): Promise<AttemptRefusal | readonly string[]> {
  const counting = attempts.take(budgets, now, until)
  const early = isOrdered ? undefined : await counting
  if (early !== undefined) return early
  const reading = userCodeHashes.map((hash) => run(scripts.readUserCode, [keys.userCode(hash)], []))
  const [refusal, ...holders] = await Promise.all([counting, ...reading])
  return refusal ?? holders.map(String)
}

/**
 * Makes the steps that bind a credential to a user. Each writes the entry in the index of the user at the same time: in front of
 * the step, over the same connection, and for an hour, because the end of the credential is not known yet. The script says
 * if that is too short. An entry too many is harmless, as whoever reads it checks the credential.
 */
export function bindingSteps(parts: Parts): Decisions {
  const { keep, keys, indexes } = parts
  /** Claims a credential. `userCodeHash`: it must have this user code; `''`: it is known by its id. */
  const claim = async (
    { id, userCodeHash, isKnown }: { readonly id: string; readonly userCodeHash: string; readonly isKnown: boolean },
    { subject, browser }: Claimant,
    now: Now,
  ): Promise<readonly [result: ClaimResult, fields: unknown]> => {
    const values = [instant(now), subject, browser, userCodeHash, newCallId()]
    const [, reply] = await Promise.all([
      indexes.announce(subject, id, now, isKnown ? 'GT' : 'XX'),
      keep(scripts.claim, [keys.credential(id)], values),
    ])
    const [result, forgetAt, fields] = reply as [result: ClaimResult, forgetAt?: string, fields?: unknown]
    if (result === 'claimed' && forgetAt) await indexes.addSubject(subject, id, Number(forgetAt), now)
    return [result, fields]
  }
  return {
    async claim(id, claimant, now) {
      const [result] = await claim({ id, userCodeHash: '', isKnown: true }, claimant, now)
      return result
    },
    async claimByUserCode(userCodeHashes, claimant, budgets, now, until) {
      const holders = await countAndRead(userCodeHashes, budgets, { now, until }, parts)
      if ('retryAfter' in holders) return holders
      const found = userCodeHashes.flatMap((userCodeHash, at) => {
        const id = holders[at] ?? ''
        return id === '' ? [] : [{ id, userCodeHash, isKnown: true }]
      })
      // a code that nobody has costs as much as one that is bound to somebody else: the time of the answer does not tell them apart
      const [nobody = ''] = userCodeHashes
      const each = found.length > 0 ? found : [{ id: nobody, userCodeHash: nobody, isKnown: false }]
      for (const one of each) {
        const [result, fields] = await claim(one, claimant, now)
        const record = recordFromHash(one.id, fields)
        if (result !== 'unknown' && record !== undefined) return { result, credential: toCredential(record) }
      }
      return { result: 'unknown' }
    },
    async decide(id, userGrant, now) {
      const { subject, approved } = userGrant
      const decision = [instant(now), subject, approved ? '1' : '0', decisionDetails(userGrant), newCallId()]
      const [, reply] = await Promise.all([
        approved && indexes.announce(subject, id, now),
        keep(scripts.decide, [keys.credential(id)], decision),
      ])
      const [result, forgetAt] = reply as [result: DecideResult, forgetAt?: string]
      if (approved && result === 'decided' && forgetAt) await indexes.addSubject(subject, id, Number(forgetAt), now)
      return result
    },
  }
}
