import { expect, it } from 'vitest'
import { createTraffic } from '../../src/server/traffic.ts'
import { createTurns } from '../../src/server/turns.ts'

/** A server whose time and turns of the event loop are made by the test. */
function createSlowProcess() {
  let time = 0
  let ends: (() => void)[] = []
  const traffic = createTraffic(
    100,
    createTurns(
      () => time,
      (end) => void ends.push(end),
    ),
  )
  const ask = (endpoint: Parameters<typeof traffic.enter>[0]): boolean => {
    const isServed = traffic.enter(endpoint)
    if (isServed) traffic.leave()
    return isServed
  }
  /** A turn of so many milliseconds with so many requests for codes, and some of other kinds at its end. */
  const turn = (milliseconds: number, requests: number) => {
    const served = Array.from({ length: requests }, () => ask('deviceAuthorization')).filter(Boolean).length
    const [page, poll, refused] = [ask('verification'), ask('token'), ask('revocation')]
    time += milliseconds
    const due = ends
    ends = []
    for (const end of due) end()
    return { served, page, others: poll && refused }
  }
  return turn
}

it('after two turns of more than 500 ms, requests for codes are refused until a turn is shorter', () => {
  const turn = createSlowProcess()
  const served = [600, 600, 700, 400, 100, 100].map((milliseconds) => turn(milliseconds, 60).served)
  expect(served).toEqual([60, 60, 0, 0, 60, 60])
})

it('pages are refused after two turns of more than a second, and polls, tokens and revocations never', () => {
  const turn = createSlowProcess()
  const turns = [900, 1100, 1100, 1100].map((milliseconds) => turn(milliseconds, 60))
  expect(turns.map(({ page }) => page)).toEqual([true, true, true, false])
  expect(turns.every(({ others }) => others)).toBe(true)
})

it('a process that was frozen refuses nobody when it goes on', () => {
  const turn = createSlowProcess()
  const turns = [5, 20_000, 300, 10].map((milliseconds) => turn(milliseconds, 200))
  expect(turns.every(({ served, page }) => served === 200 && page)).toBe(true)
})

it('long turns with few requests refuse nobody: it is the application or the machine that is slow', () => {
  const turn = createSlowProcess()
  expect([800, 800, 800, 800].map((milliseconds) => turn(milliseconds, 20).served)).toEqual([20, 20, 20, 20])
})

it('turns are those of the event loop', async () => {
  const traffic = createTraffic(100)
  const served: boolean[] = []
  for (let turn = 0; turn < 4; turn++) {
    for (let request = 0; request < 60; request++) {
      const isServed = traffic.enter('deviceAuthorization')
      if (isServed) traffic.leave()
      if (request === 0) served.push(isServed)
    }
    const until = performance.now() + (turn < 2 ? 520 : 0)
    while (performance.now() < until);
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
  expect(served.slice(0, 3)).toEqual([true, true, false])
})
