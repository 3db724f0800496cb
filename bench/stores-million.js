// Compares the cost of a poll over HTTP with a million pending credentials and with a thousand: the CPU time of our server
// and of the database, in interleaved rounds.
// Usage: node stores-million.js [redis,postgres,sqlite] [credentials] [rounds] [polls]

import { fork } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { fileURLToPath } from 'node:url'
import { createDeviceAuth, deviceClient } from '@device-auth/core'
import { toNodeHandler } from '@device-auth/core/node'
import { startPostgresMillion } from './million/postgres.js'
import { startRedisMillion } from './million/redis.js'
import { startSqliteMillion } from './million/sqlite.js'
import { issuer, steppingClock } from './servers/pending.js'

const [, , kinds = 'redis,postgres,sqlite', credentials = '1000000', rounds = '9', polls = '20000'] = process.argv
const [large, amount] = [Number(credentials), Number(polls)]
const limit = 1.2
const databases = { redis: startRedisMillion, postgres: startPostgresMillion, sqlite: startSqliteMillion }
const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]

async function serverOn({ store, codes }, now) {
  const tick = steppingClock(codes.length, now)
  const deviceAuth = createDeviceAuth({
    issuer,
    clients: [deviceClient({ client_id: 'tv', client_name: 'Living-room TV', scope: 'profile' })],
    secret: randomUUID(),
    store,
    clock: () => Math.floor(tick()),
  })
  const server = createServer(toNodeHandler(deviceAuth)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { server, codes: shuffled(codes), next: 0, costs: [], databaseCosts: [] }
}

/** A random order, because devices do not poll in the order of their requests. */
function shuffled(list) {
  return list
    .map((value) => [Math.random(), value])
    .sort(([one], [other]) => one - other)
    .map(([, value]) => value)
}

/** CPU time so far in milliseconds: of this process, and of the database. */
async function spent(database) {
  const { user, system } = process.cpuUsage()
  return [(user + system) / 1000, await database.cpu()]
}

/** Polls each code once before any code again, so that every poll is on time. */
async function measure(database, population) {
  const { codes, server } = population
  const list = codes.slice(population.next, population.next + amount)
  population.next = population.next + 2 * amount > codes.length ? 0 : population.next + amount
  const answer = once(load, 'message')
  load.send({ port: server.address().port, list, amount: amount })
  const before = await spent(database)
  const [{ errors, wrong }] = await answer
  const after = await spent(database)
  if (errors > 0 || wrong.length > 0) throw new Error(`${errors} errors, ${wrong[0]}`)
  const [own, its] = after.map((time, index) => ((time - before[index]) / amount) * 1000)
  population.costs.push(own + its)
  population.databaseCosts.push(its)
}

async function run(kind) {
  const now = Date.now()
  const database = await databases[kind](now)
  if (database === undefined) {
    console.log(`| ${kind} | left out, because better-sqlite3 is missing: install a compiler, then run npm install |`)
    return true
  }
  const populations = []
  for (const [name, size] of Object.entries({ small: 1_000, large })) {
    populations.push(await serverOn(await database.fill(`${name}:`, size), now + 6_000))
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
  for (const { server } of populations) server.close()
  await database.stop()
  return ratio <= limit
}

console.log(`polls among 1,000 and ${large} pending, ${rounds} rounds of ${amount}, Node ${process.version}`)
const load = fork(fileURLToPath(new URL('./load.js', import.meta.url)))
await once(load, 'message')
const met = []
for (const kind of kinds.split(',')) met.push(await run(kind))
load.disconnect()
process.exitCode = met.every(Boolean) ? 0 : 1
