import { expect, test } from 'vitest'
import { drawPlan } from './draw-plan.ts'
import { faults } from './faults.ts'
import { setups } from './setups.ts'

const options = { seed: 7, seconds: 600, usersPerMinute: 30, faults: ['everyday', 'harsh'] }
const postgres = setups.find(({ name }) => name === 'postgres')!

test('the seed decides users and faults', () => {
  expect(drawPlan(postgres, options)).toEqual(drawPlan(postgres, options))
  const other = drawPlan(postgres, { ...options, seed: 8 })
  expect(other.users).not.toEqual(drawPlan(postgres, options).users)
  expect(other.faults).not.toEqual(drawPlan(postgres, options).faults)
})

test('other faults leave the users as they are', () => {
  const none = drawPlan(postgres, { ...options, faults: ['none'] })
  expect(none.faults).toEqual([])
  expect(none.users).toEqual(drawPlan(postgres, options).users)
  expect(none.users).toHaveLength(300)
})

test('a name chooses one fault, and a kind chooses all of it', () => {
  const namesOf = (chosen: readonly string[]) =>
    new Set(drawPlan(postgres, { ...options, seconds: 3600, faults: chosen }).faults.map(({ fault }) => fault))
  expect(namesOf(['kill node'])).toEqual(new Set(['kill node']))
  const everyday = faults.filter(
    ({ weather, needs }) => weather === 'everyday' && needs.every((need) => postgres.offers.includes(need)),
  )
  expect(namesOf(['everyday'])).toEqual(new Set(everyday.map(({ name }) => name)))
})

test.each(setups)('$name gets only faults that can strike it, within their bounds', (setup) => {
  const { faults: drawn } = drawPlan(setup, { ...options, seconds: 3600 })
  expect(drawn.length).toBeGreaterThan(50)
  for (const { fault, lasts } of drawn) {
    const { needs, lasts: bounds } = faults.find(({ name }) => name === fault)!
    expect(setup.offers).toEqual(expect.arrayContaining([...needs]))
    expect(lasts).toBeGreaterThanOrEqual(bounds[0])
    expect(lasts).toBeLessThanOrEqual(bounds[1])
  }
})
