// A short history of each kind of store, with the same plan each time, so that only a change of the code makes it fail. Others, and longer
// ones: npm run histories -- postgres --minutes 60 --seed 8
import { expect, test } from 'vitest'
import { skipWithout } from '../missing.ts'
import { drawPlan } from './draw-plan.ts'
import { check } from './rules.ts'
import { runHistory } from './run.ts'
import { findSetup } from './setups.ts'
import { timeline } from './timeline.ts'

const seconds = 20
const seed = 928_083

test.concurrent.for(['memory', 'sqlite', 'postgres', 'redis'])(
  `a short history of %s breaks no rule (seed ${seed})`,
  { timeout: 150_000 },
  async (name, context) => {
    const setup = findSetup(name)
    const missing = setup.missing()
    if (missing !== undefined) skipWithout(context, missing)
    const plan = drawPlan(setup, { seed, seconds, usersPerMinute: 30, faults: ['everyday'] })
    const history = await runHistory(plan)
    expect(check(history).map((broken) => timeline(history, broken))).toEqual([])
    expect(history.entries.length).toBeGreaterThan(50)
  },
)
