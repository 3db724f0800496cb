// What a poll costs a database with a million pending credentials, beside one with a thousand, in interleaved rounds: the
// server's own processor time. Usage: node stores-million.js [redis,postgres,sqlite] [credentials] [rounds] [polls]

import { startPostgresMillion } from './million/postgres.js'
import { startRedisMillion } from './million/redis.js'
import { startSqliteMillion } from './million/sqlite.js'

const [, , kinds = 'redis,postgres,sqlite', credentials = '1000000', rounds = '9', polls = '20000'] = process.argv
const [large, amount] = [Number(credentials), Number(polls)]
const limit = 1.2
const databases = { redis: startRedisMillion, postgres: startPostgresMillion, sqlite: startSqliteMillion }
const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]

/** Milliseconds of processor time for so many polls, each of them on time. */
async function measure(database, population) {
  const { store, ids } = population
  const before = await database.cpu()
  for (let done = 0; done < amount; ) {
    // ids are random, so their order is as good as any
    const some = ids.slice(population.next, population.next + Math.min(database.concurrent, amount - done))
    const found = await Promise.all(some.map((id) => store.pollDeviceCredential(id, 'tv', population.now)))
    const wrong = found.find(({ status }) => status !== 'pending')
    if (wrong !== undefined) throw new Error(`a poll found ${wrong.status}`)
    done += some.length
    population.next += some.length
    if (population.next >= ids.length) {
      population.next = 0
      population.now += 6_000
    }
  }
  population.costs.push(((await database.cpu()) - before) / amount)
}

let missed = 0
console.log(`polls among ${large} pending, ${rounds} rounds of ${amount}, Node ${process.version}`)
for (const kind of kinds.split(',')) {
  const now = Date.now()
  const database = await databases[kind](now)
  const sizes = { small: 1_000, large }
  const populations = []
  for (const [name, size] of Object.entries(sizes)) {
    populations.push({ ...(await database.fill(`${name}:`, size)), next: 0, now: now + 6_000, costs: [] })
  }
  for (const population of populations) await measure(database, population)
  for (const population of populations) population.costs.length = 0
  await database.begin?.()
  for (let round = 0; round < Number(rounds); round++) {
    for (const population of round % 2 === 0 ? populations : populations.toReversed()) await measure(database, population)
  }
  const [few, many] = populations.map(({ costs }) => median(costs) * 1000)
  const ratio = many / few
  if (ratio > limit) missed++
  console.log(`${kind}: ${few.toFixed(1)} µs a poll among 1000, ${many.toFixed(1)} µs among ${large}: x ${ratio.toFixed(2)} (at most ${limit}) ${ratio > limit ? 'MISSED' : 'ok'}`)
  for (const [name, fact] of Object.entries(await database.facts(large, 2 * amount * Number(rounds)))) console.log(`  ${name}: ${fact}`)
  await database.stop()
}
process.exitCode = missed === 0 ? 0 : 1
