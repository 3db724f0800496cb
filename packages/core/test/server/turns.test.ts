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
  const ask = (endpoint: Parameters<typeof traffic.enter>[0], milliseconds = 0, age = 0): boolean => {
    const isServed = traffic.enter(endpoint, { arrivedAt: time - age })
    if (isServed) traffic.leave(endpoint)
    time += isServed ? milliseconds : milliseconds / 10
    return isServed
  }
  /**
   * A turn with so many requests for codes of so many milliseconds each, a pause, and some requests of other kinds at its end. `age` is the
   * time from the headers of every tenth request to its body.
   */
  const turn = (requests: number, milliseconds: number, pause = 0, age = 0) => {
    const served = Array.from({ length: requests }, (_, index) =>
      ask('deviceAuthorization', milliseconds, index % 10 === 5 ? age : 0),
    ).filter(Boolean).length
    time += pause
    const [page, poll, revocation] = [ask('verification'), ask('token'), ask('revocation')]
    const due = ends
    ends = []
    for (const end of due) end()
    return { served, page, others: poll && revocation }
  }
  return turn
}

it('requests for codes are refused in a turn after 500 ms of work, and served again in the next one', () => {
  const turn = createSlowProcess()
  expect([20, 100, 300, 10].map((requests) => turn(requests, 10).served)).toEqual([20, 51, 51, 10])
})

it('pages are refused after a second of work, and polls, tokens and revocations never', () => {
  const turn = createSlowProcess()
  const turns = [60, 500, 1000].map((requests) => turn(requests, 10))
  expect(turns.map(({ page }) => page)).toEqual([true, true, false])
  expect(turns.every(({ others }) => others)).toBe(true)
})

it('after two turns that refusals have filled, one turn serves no requests for codes', () => {
  const turn = createSlowProcess()
  expect([1000, 1000, 1000, 10, 10].map((requests) => turn(requests, 10).served)).toEqual([51, 51, 0, 10, 10])
})

it('requests whose bodies were sent slowly do not hide the work of a turn, and are none themselves', () => {
  const turn = createSlowProcess()
  expect([100, 300, 10].map((requests) => turn(requests, 10, 0, 60_000).served)).toEqual([51, 51, 10])
  expect(turn(400, 1, 0, 60_000).served).toBe(400)
})

it('a process that was frozen refuses nobody when it goes on', () => {
  const turn = createSlowProcess()
  const turns = [0, 20_000, 300, 0].map((pause) => turn(200, 1, pause))
  expect(turns.every(({ served, page }) => served === 200 && page)).toBe(true)
})

it('long turns with few requests refuse nobody: it is the application or the machine that is slow', () => {
  const turn = createSlowProcess()
  expect([800, 800, 800, 800].map((pause) => turn(20, 30, pause).served)).toEqual([20, 20, 20, 20])
})

it('calls without a connection are refused by nobody: they may come one after another without a turn', () => {
  const traffic = createTraffic(100)
  for (let request = 0; request < 60; request++) {
    expect(traffic.enter('deviceAuthorization', {})).toBe(true)
    traffic.leave('deviceAuthorization')
    const until = performance.now() + 12
    while (performance.now() < until);
  }
})

it('turns are those of the event loop', async () => {
  const traffic = createTraffic(100)
  const served: number[] = []
  for (let turn = 0; turn < 3; turn++) {
    let count = 0
    for (let request = 0; request < 60; request++) {
      if (traffic.enter('deviceAuthorization', { arrivedAt: performance.now() })) {
        traffic.leave('deviceAuthorization')
        count++
      }
      const until = performance.now() + (turn === 1 ? 12 : 0)
      while (performance.now() < until);
    }
    served.push(count)
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
  const [before = 0, during = 0, after = 0] = served
  expect([before, after]).toEqual([60, 60])
  // a request that another process delays counts for up to 50 ms, and none is refused among the first 50
  expect(during).toBeGreaterThanOrEqual(49)
  expect(during).toBeLessThan(60)
})
