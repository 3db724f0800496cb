import { expect, test } from 'vitest'
import { drawPlan } from './draw-plan.ts'
import type { Plan } from './plan.ts'
import { setups } from './setups.ts'
import { shrink } from './shrink.ts'

const postgres = setups.find(({ name }) => name === 'postgres')!
const plan = drawPlan(postgres, { seed: 3, seconds: 300, usersPerMinute: 10, faults: ['everyday'] })

test('two faults and one user are found among many', async () => {
  const [one, two, user] = [plan.faults[3]!, plan.faults[11]!, plan.users[20]!]
  const needed = async ({ faults, users }: Plan) => faults.includes(one) && faults.includes(two) && users.includes(user)
  const smaller = await shrink(plan, needed, { runs: 1000 })
  expect(smaller).toEqual({ ...plan, faults: [one, two], users: [user] })
})

test('no more plans are run than allowed, and the plan then still fails', async () => {
  let runs = 0
  const needed = async ({ faults }: Plan) => {
    runs++
    return faults.includes(plan.faults[0]!)
  }
  const smaller = await shrink(plan, needed, { runs: 3 })
  expect(runs).toBe(3)
  expect(smaller.faults).toContain(plan.faults[0])
  expect(smaller.faults.length).toBeLessThan(plan.faults.length)
})

test('a plan that fails without faults needs none', async () => {
  const smaller = await shrink(plan, async () => true, { runs: 1000 })
  expect(smaller.faults).toEqual([])
  expect(smaller.users).toHaveLength(1)
})
