// What a poll costs with a million pending credentials, beside one with a thousand: the processor time of our server, but
// for its HTTP, and of the database, in interleaved rounds.
// Usage: node stores-million.js [redis,postgres,sqlite] [credentials] [rounds] [polls]

import { randomUUID } from 'node:crypto'
import { createDeviceAuth, deviceClient } from '@device-auth/core'
import { startPostgresMillion } from './million/postgres.js'
import { startRedisMillion } from './million/redis.js'
import { startSqliteMillion } from './million/sqlite.js'
import { grantType, issuer, pendingBody } from './servers/pending.js'

const [, , kinds = 'redis,postgres,sqlite', credentials = '1000000', rounds = '9', polls = '20000'] = process.argv
const [large, amount] = [Number(credentials), Number(polls)]
const limit = 1.2
const databases = { redis: startRedisMillion, postgres: startPostgresMillion, sqlite: startSqliteMillion }
const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]

function serverOn({ store, codes }, now) {
  const population = { codes: shuffled(codes), next: 0, now, costs: [], databaseCosts: [] }
  const deviceAuth = createDeviceAuth({
    issuer,
    clients: [deviceClient({ client_id: 'tv', client_name: 'Living-room TV', scope: 'profile' })],
    secret: randomUUID(),
    store,
    clock: () => population.now,
  })
  const [endpoint, headers] = [
    deviceAuth.route('POST', '/token'),
    { 'content-type': 'application/x-www-form-urlencoded' },
  ]
  population.poll = async (code) => {
    const form = new URLSearchParams(`grant_type=${encodeURIComponent(grantType)}&device_code=${code}&client_id=tv`)
    const request = { method: 'POST', path: '/token', query: new URLSearchParams(), headers, form }
    const { body } = await endpoint({ ...request, ip: undefined, native: undefined })
    if (body !== pendingBody) throw new Error(`a poll was answered ${body}`)
  }
  return population
}

/** Milliseconds of processor time so far: of this process, and of the database's. */
async function spent(database) {
  const { user, system } = process.cpuUsage()
  return [(user + system) / 1000, await database.cpu()]
}

/** Devices do not poll in the order in which they began. */
function shuffled(list) {
  return list
    .map((value) => [Math.random(), value])
    .sort(([one], [other]) => one - other)
    .map(([, value]) => value)
}

/** Polls every code in turn, each of them on time. */
async function measure(database, population) {
  const { codes } = population
  const before = await spent(database)
  for (let done = 0; done < amount; ) {
    const some = codes.slice(population.next, population.next + Math.min(database.concurrent, amount - done))
    await Promise.all(some.map(population.poll))
    done += some.length
    population.next += some.length
    if (population.next < codes.length) continue
    population.next = 0
    population.now += 6_000
  }
  const [own, databases] = (await spent(database)).map((after, index) => ((after - before[index]) / amount) * 1000)
  population.costs.push(own + databases)
  population.databaseCosts.push(databases)
}

async function run(kind) {
  const now = Date.now()
  const database = await databases[kind](now)
  const populations = []
  for (const [name, size] of Object.entries({ small: 1_000, large })) {
    populations.push(serverOn(await database.fill(`${name}:`, size), now + 6_000))
  }
  for (const population of populations) {
    await measure(database, population)
    population.costs.length = population.databaseCosts.length = 0
  }
  await database.begin?.()
  for (let round = 0; round < Number(rounds); round++) {
    for (const population of round % 2 === 0 ? populations : populations.toReversed())
      await measure(database, population)
  }
  const [few, many] = populations.map(({ costs }) => median(costs))
  const [fewThere, manyThere] = populations.map(({ databaseCosts }) => median(databaseCosts))
  const [ratio, verdict] = [many / few, many / few > limit ? 'MISSED' : 'ok']
  console.log(`| ${kind}: a poll among 1,000 | ${few.toFixed(1)} µs, of these ${fewThere.toFixed(1)} in the database |`)
  console.log(
    `| ${kind}: a poll among ${large} | ${many.toFixed(1)} µs, of these ${manyThere.toFixed(1)} in the database |`,
  )
  console.log(`| ${kind}: ratio (at most ${limit}) | ${ratio.toFixed(2)} ${verdict} |`)
  const facts = await database.facts(large, 2 * amount * Number(rounds))
  for (const [name, fact] of Object.entries(facts)) console.log(`| ${kind}: ${name} | ${fact} |`)
  await database.stop()
  return ratio <= limit
}

console.log(`polls among 1,000 and ${large} pending, ${rounds} rounds of ${amount}, Node ${process.version}`)
const met = []
for (const kind of kinds.split(',')) met.push(await run(kind))
process.exitCode = met.every(Boolean) ? 0 : 1
