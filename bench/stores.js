// Polls per second over a database, ours against the leanest handler that asks the same database once a poll; in
// interleaved rounds, as the ratio of the medians. Usage: node stores.js [rounds] [requests] [codes]

import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { startPostgres, startRedis } from './databases.js'

const [, , rounds = '7', requests = '10000', codes = '10000'] = process.argv
const pairs = [
  { ours: 'redis-store', bare: 'redis-bare', limit: 0.85 },
  { ours: 'postgres-store', bare: 'postgres-bare', limit: 2 },
]
const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]
const path = (file) => fileURLToPath(new URL(file, import.meta.url))

async function ask(child, question) {
  const answer = once(child, 'message')
  child.send(question)
  const [message] = await answer
  return message
}

const [redis, postgres] = [await startRedis(), await startPostgres()]
const env = { ...process.env, REDIS_URL: redis.url, DATABASE_URL: postgres.url }
const load = fork(path('./load.js'))
await once(load, 'message')

async function startServer(name) {
  const child = fork(path('./server.js'), [name, codes], { env })
  child.once('exit', (code) => code && process.exit(code))
  const [{ port, list }] = await once(child, 'message')
  return { name, child, port, list, speeds: [], p99: [] }
}

async function measure({ name, port, list, speeds, p99 }) {
  const result = await ask(load, { port, list, amount: Number(requests) })
  if (result.errors > 0 || result.wrong.length > 0)
    throw new Error(`${name}: ${result.errors} errors, ${result.wrong[0]}`)
  speeds.push((result.requests / result.elapsed) * 1000)
  p99.push(result.p99)
}

let missed = 0
console.log(`polls over a database, ${codes} pending, ${rounds} rounds of ${requests}, Node ${process.version}`)
for (const { ours, bare, limit } of pairs) {
  const servers = [await startServer(bare), await startServer(ours)]
  for (const server of servers) await measure(server)
  for (const server of servers) server.speeds.length = server.p99.length = 0
  for (let round = 0; round < Number(rounds); round++) {
    for (const server of round % 2 === 0 ? servers : servers.toReversed()) await measure(server)
  }
  for (const { name, speeds, p99 } of servers) {
    console.log(`  ${name.padEnd(15)} ${median(speeds).toFixed(0).padStart(6)} polls/s, p99 ${median(p99)} ms`)
  }
  const ratio = median(servers[1].speeds) / median(servers[0].speeds)
  if (ratio < limit) missed++
  console.log(`  ${ours} / ${bare}: ${ratio.toFixed(2)} (at least ${limit}) ${ratio < limit ? 'MISSED' : 'ok'}`)
  for (const { child } of servers) child.disconnect()
}
load.disconnect()
redis.stop()
await postgres.stop()
process.exitCode = missed === 0 ? 0 : 1
