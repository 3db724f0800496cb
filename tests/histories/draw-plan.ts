import { faults } from './faults.ts'
import type { Plan, PlannedFault, UserPlan } from './plan.ts'
import { type Random, seededRandom } from './random.ts'
import type { Setup } from './setups.ts'

/** The choices of the caller of the checker. */
export interface PlanOptions {
  readonly seed: number
  readonly seconds: number
  readonly usersPerMinute: number
  /** Names of faults, `everyday` or `harsh` for all of that kind, or `none`. */
  readonly faults: readonly string[]
}

/** Draws users and faults. They are drawn apart, so that other faults leave the users as they are. */
export function drawPlan(setup: Setup, options: PlanOptions): Plan {
  const { seed, seconds, usersPerMinute } = options
  const chosen = faults.filter(
    (fault) => fault.needs.every((need) => setup.offers.includes(need)) && isChosen(fault, options.faults),
  )
  const random = seededRandom(seed)
  const count = Math.max(1, Math.round((seconds / 60) * usersPerMinute))
  const users = Array.from({ length: count }, (_, number) => drawUser(number, seconds, random))
  return { setup: setup.name, seed, seconds, users, faults: drawFaults(chosen, seconds, seededRandom(seed + 1)) }
}

function isChosen(fault: (typeof faults)[number], names: readonly string[]): boolean {
  return names.includes(fault.name) || names.includes(fault.weather)
}

function drawUser(number: number, seconds: number, random: Random): UserPlan {
  return {
    number,
    startsAt: Math.round(random.next() * seconds * 1000) / 1000,
    decision: random.pick(['approves', 'approves', 'approves', 'approves', 'approves', 'denies', 'forgets']),
    by: random.pick(['page', 'api']),
    thinks: random.between(0, 8),
    mistypes: random.pick([0, 0, 0, 1, 2]),
    drops: random.pick([0, 0, 0.2, 0.4]),
    doubled: random.chance(0.2),
    refreshEvery: random.between(2, 8),
    stays: random.between(5, 60),
    revokes: random.chance(0.4),
  }
}

function drawFaults(from: typeof faults, seconds: number, random: Random): readonly PlannedFault[] {
  const drawn: PlannedFault[] = []
  let at = random.between(1, 4)
  while (from.length > 0 && at < seconds) {
    const fault = random.pick(from)
    // all is mended when the time with faults is over
    const lasts = Math.min(random.between(...fault.lasts), Math.max(fault.lasts[0], Math.round(seconds - at)))
    drawn.push({ fault: fault.name, at, lasts, target: random.between(0, 1000), strength: random.next() })
    // one in four begins while the one before is still there
    at += random.chance(0.25) ? random.between(1, 3) : lasts + random.between(2, 6)
  }
  return drawn
}
