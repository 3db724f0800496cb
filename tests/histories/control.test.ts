// The control: nodes that are wrong on purpose. A checker that finds nothing in them is worth nothing.
import { expect, test } from 'vitest'
import { drawPlan } from './draw-plan.ts'
import type { Broken } from './nodes.ts'
import { check } from './rules.ts'
import { runHistory } from './run.ts'
import { findSetup } from './setups.ts'

const memory = findSetup('memory')
const drawn = drawPlan(memory, { seed: 11, seconds: 8, usersPerMinute: 90, faults: ['none'] })
// everybody has lost answers, and leaves with a revocation
const users = drawn.users.map((user, index) => ({
  ...user,
  startsAt: 0,
  thinks: 0,
  drops: 0.5,
  doubled: false,
  stays: 4,
  revokes: true,
  decision: index % 4 === 0 ? ('denies' as const) : ('approves' as const),
}))
const plan = { ...drawn, users }

const found: Readonly<Record<Broken, string>> = {
  'redeems twice': 'one-family',
  'keeps the revoked': 'revoked-stays-revoked',
  'approves the denied': 'denial-final',
  'answers 500': 'no-server-error',
}

test.concurrent.each(Object.entries(found))(
  'a node that %s breaks the rule %s',
  { timeout: 90_000 },
  async (way, rule) => {
    const broken = check(await runHistory(plan, { broken: way as Broken }))
    expect(broken.map(({ rule: { id } }) => id)).toContain(rule)
  },
)

test('nodes as they are break no rule under the same plan', { timeout: 90_000 }, async () => {
  expect(check(await runHistory(plan))).toEqual([])
})
