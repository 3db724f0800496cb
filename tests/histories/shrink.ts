import type { Plan } from './plan.ts'

/** Runs a plan and tells if it still breaks the rule. */
export type StillFails = (plan: Plan) => Promise<boolean>

/** Options of {@link shrink}. */
export interface ShrinkOptions {
  /** The most plans that are run: each takes as long as the history. */
  readonly runs: number
}

/**
 * Looks for a smaller plan that still fails: fewer faults first, then fewer users. It runs plans with halves, quarters
 * and so on left out (delta debugging). Chance in the network differs from run to run, so a smaller plan may be missed.
 */
export async function shrink(plan: Plan, stillFails: StillFails, { runs }: ShrinkOptions): Promise<Plan> {
  let left = runs
  const tries: StillFails = async (smaller) => left-- > 0 && (await stillFails(smaller))
  const faults = await fewer(plan.faults, (some) => tries({ ...plan, faults: some }), 0)
  const fewerFaults = { ...plan, faults }
  const users = await fewer(plan.users, (some) => tries({ ...fewerFaults, users: some }), 1)
  return { ...fewerFaults, users }
}

/** Leaves out parts of a list as long as the rest still fails. */
async function fewer<T>(
  all: readonly T[],
  stillFails: (some: readonly T[]) => Promise<boolean>,
  least: number,
): Promise<readonly T[]> {
  let kept = all
  for (let size = Math.ceil(kept.length / 2); size >= 1 && kept.length > least; size = Math.floor(size / 2)) {
    for (let from = 0; from < kept.length && kept.length > least; ) {
      const rest = [...kept.slice(0, from), ...kept.slice(from + size)]
      if (rest.length >= least && (await stillFails(rest))) kept = rest
      else from += size
    }
  }
  return kept
}
