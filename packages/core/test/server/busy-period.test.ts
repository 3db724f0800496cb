import { expect, it } from 'vitest'
import { createBusyPeriod } from '../../src/server/busy-period.ts'
import { createTraffic } from '../../src/server/traffic.ts'

/** A server whose time and turns of the event loop are made by the test. */
function createSlowProcess({ tellsWaits = true } = {}) {
  let [time, waited] = [0, tellsWaits ? 1 : 0]
  let ends: (() => void)[] = []
  const traffic = createTraffic(
    100,
    createBusyPeriod(
      () => time,
      (end) => void ends.push(end),
      () => waited,
    ),
  )
  const ask = (endpoint: Parameters<typeof traffic.enter>[0], milliseconds = 0, isFirst = false): boolean => {
    const isServed = traffic.enter(endpoint, { arrivedAt: time, isFirst })
    if (isServed) traffic.leave(endpoint)
    time += isServed ? milliseconds : milliseconds / 10
    return isServed
  }
  const nextTurn = (): void => {
    const due = ends
    ends = []
    for (const end of due) end()
  }
  return {
    ask,
    pause(milliseconds: number) {
      time += milliseconds
    },
    nextTurn,
    rest() {
      time += 1
      if (tellsWaits) waited += 1
      nextTurn()
    },
    /** So many requests for codes in one turn, of so many milliseconds each, and how many are served. */
    codes: (requests: number, milliseconds: number, isFirst = false): number =>
      Array.from({ length: requests }, () => ask('deviceAuthorization', milliseconds, isFirst)).filter(Boolean).length,
  }
}

it('requests for codes are refused after 500 ms without a rest, and served again after a rest', () => {
  const { codes, rest } = createSlowProcess()
  const inEachTurn = [20, 100, 300, 10].map((requests) => {
    const served = codes(requests, 10)
    rest()
    return served
  })
  expect(inEachTurn).toEqual([20, 50, 50, 10])
})

it('connections that are accepted one a turn count together: the loop has no rest between them', () => {
  const { codes, nextTurn, rest } = createSlowProcess()
  const oneATurn = (turns: number) =>
    Array.from({ length: turns }, () => {
      nextTurn()
      return codes(1, 10, true)
    }).reduce((sum, served) => sum + served, 0)
  expect(oneATurn(300)).toBeLessThan(60)
  rest()
  expect(oneATurn(50)).toBe(50)
})

it('where refusals bring no rest, every other 500 ms are served', () => {
  const { codes, nextTurn } = createSlowProcess()
  const served = Array.from({ length: 20 }, () => {
    nextTurn()
    return codes(500, 1, true)
  })
  // after 500 that are served come 5,000 that are refused, which cost a tenth
  expect(served.filter((amount) => amount > 400)).toHaveLength(2)
  expect(served.filter((amount) => amount < 10).length).toBeGreaterThan(16)
})

it('pages are refused after a second without a rest, and polls, tokens and revocations never', () => {
  const { codes, ask, rest } = createSlowProcess()
  const turns = [60, 500, 1000].map((requests) => {
    codes(requests, 10)
    const answers = { page: ask('verification'), others: ask('token') && ask('revocation') }
    rest()
    return answers
  })
  expect(turns).toEqual([
    { page: true, others: true },
    { page: true, others: true },
    { page: false, others: true },
  ])
})

it('a process that was frozen refuses nobody when it goes on', () => {
  const { codes, pause, ask, rest } = createSlowProcess()
  const turns = [0, 20_000, 300, 0].map((milliseconds) => {
    const served = codes(200, 1)
    pause(milliseconds)
    const page = ask('verification')
    rest()
    return { served, page }
  })
  expect(turns).toEqual(Array.from({ length: 4 }, () => ({ served: 200, page: true })))
})

it('long turns with few requests refuse nobody: it is the application or the machine that is slow', () => {
  const { codes, pause, rest } = createSlowProcess()
  const served = Array.from({ length: 4 }, () => {
    const amount = codes(20, 30)
    pause(800)
    rest()
    return amount
  })
  expect(served).toEqual([20, 20, 20, 20])
})

it('work of the application that fills the loop refuses nobody, if requests are answered between its parts', () => {
  const { codes, pause, nextTurn } = createSlowProcess()
  const served = Array.from({ length: 400 }, (_, turn) => {
    const amount = turn % 4 === 0 ? 0 : codes(1, 1, true)
    pause(9)
    nextTurn()
    return amount
  })
  expect(served.filter((amount) => amount === 1)).toHaveLength(300)
})

it('connections that are kept and answered turn by turn refuse nobody, however busy the loop is', () => {
  const { codes, nextTurn } = createSlowProcess()
  const served = Array.from({ length: 100 }, () => {
    nextTurn()
    return codes(60, 1)
  })
  expect(served.every((amount) => amount === 60)).toBe(true)
})

it('where the runtime does not tell how long the loop has waited, each turn counts for itself', () => {
  const { codes, nextTurn } = createSlowProcess({ tellsWaits: false })
  const served = [60, 60, 60, 100].map((requests) => {
    const amount = codes(requests, 5, true)
    nextTurn()
    return amount
  })
  expect(served).toEqual([60, 60, 60, 100])
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

/** Resolves when the event loop of this process has waited for something, and the period could see it. */
async function aRest(): Promise<void> {
  const { idle } = performance.eventLoopUtilization()
  while (performance.eventLoopUtilization().idle === idle) await new Promise((resolve) => setTimeout(resolve, 2))
  await new Promise((resolve) => setTimeout(resolve, 5))
}

it('the loop is that of the process', async () => {
  const traffic = createTraffic(100)
  const served: number[] = []
  for (let period = 0; period < 3; period++) {
    let count = 0
    for (let request = 0; request < 60; request++) {
      if (traffic.enter('deviceAuthorization', { arrivedAt: performance.now() })) {
        traffic.leave('deviceAuthorization')
        count++
      }
      const until = performance.now() + (period === 1 ? 12 : 0)
      while (performance.now() < until);
    }
    served.push(count)
    await aRest()
  }
  const [before = 0, during = 0, after = 0] = served
  expect([before, after]).toEqual([60, 60])
  // a request that another process delays counts for up to 50 ms, and none is refused among the first 50
  expect(during).toBeGreaterThanOrEqual(49)
  expect(during).toBeLessThan(60)
})
