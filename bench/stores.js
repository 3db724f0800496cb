// Compares the cost of a poll over a database with that of a minimal handler, which makes one query per poll: CPU
// microseconds of server and database, in interleaved rounds, as the ratio of the medians. Polls per second are printed
// too, but on a machine with few cores they depend on its scheduler.
// Usage: node stores.js [rounds] [requests] [codes]

import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { startPostgres, startRedis } from './databases.js'

const [, , rounds = '7', requests = '10000', codes = '10000'] = process.argv
const pairs = [
  { ours: 'redis-store', bare: 'redis-bare', database: await startRedis(), limit: 0.85 },
  { ours: 'postgres-store', bare: 'postgres-bare', database: await startPostgres(), limit: 2 },
]
const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]
const path = (file) => fileURLToPath(new URL(file, import.meta.url))

async function ask(child, question) {
  const answer = once(child, 'message')
  child.send(question)
  const [message] = await answer
  return message
}

const [redis, postgres] = pairs.map(({ database }) => database)
const env = { ...process.env, REDIS_URL: redis.url, DATABASE_URL: postgres.url }
const load = fork(path('./load.js'))
await once(load, 'message')

async function startServer(name) {
  const child = fork(path('./server.js'), [name, 'start', codes], { env })
  child.once('exit', (code) => code && process.exit(code))
  const [{ port, list }] = await once(child, 'message')
  return { name, child, port, list, costs: [], speeds: [], p99: [] }
}

/** CPU time of the server and of its database so far, in microseconds. */
async function cpuOf({ child }, database) {
  const { cpu } = await ask(child, 'cpu')
  return cpu + database.cpu()
}

async function measure(server, database) {
  const { name, port, list, costs, speeds, p99 } = server
  const before = await cpuOf(server, database)
  const result = await ask(load, { port, list, amount: Number(requests) })
  if (result.errors > 0 || result.wrong.length > 0)
    throw new Error(`${name}: ${result.errors} errors, ${result.wrong[0]}`)
  costs.push(((await cpuOf(server, database)) - before) / result.requests)
  speeds.push((result.requests / result.elapsed) * 1000)
  p99.push(result.p99)
}

let missed = 0
console.log(`polls over a database, ${codes} pending, ${rounds} rounds of ${requests}, Node ${process.version}`)
for (const { ours, bare, database, limit } of pairs) {
  const servers = [await startServer(bare), await startServer(ours)]
  for (const server of servers) await measure(server, database)
  for (const server of servers) server.costs.length = server.speeds.length = server.p99.length = 0
  for (let round = 0; round < Number(rounds); round++) {
    for (const server of round % 2 === 0 ? servers : servers.toReversed()) await measure(server, database)
  }
  for (const { name, costs, speeds, p99 } of servers) {
    const cost = `${median(costs).toFixed(0).padStart(4)} us CPU per poll`
    console.log(`  ${name.padEnd(15)} ${cost}; ${median(speeds).toFixed(0)} polls/s, p99 ${median(p99)} ms`)
  }
  const ratio = median(servers[0].costs) / median(servers[1].costs)
  if (ratio < limit) missed++
  console.log(
    `  ${ours}: as many polls for the same CPU as ${bare}, times ${ratio.toFixed(2)} (at least ${limit}) ${ratio < limit ? 'MISSED' : 'ok'}`,
  )
  for (const { child } of servers) child.disconnect()
}
load.disconnect()
redis.stop()
await postgres.stop()
process.exitCode = missed === 0 ? 0 : 1
