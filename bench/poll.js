// What a poll costs: CPU microseconds per request of the server process, in interleaved rounds; the ratios are of one
// round each, because machines are noisy, and each server runs several times, because how V8 comes to compile one
// process differs by a tenth from the next. Usage: node poll.js [rounds] [requests] [codes] [processes]

import { fork, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

const [, , rounds = '5', requests = '8000', codes = '10000', processes = '3'] = process.argv
const pairs = [
  { server: 'node', bare: 'bare', limit: 1.25 },
  { server: 'express', bare: 'express-lean', limit: 1.1 },
]
const names = ['bare', 'node', 'express-lean', 'express']
const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length
const canPin = spawnSync('taskset', ['-c', '0', 'true']).status === 0

function start(file, core, ...values) {
  const path = fileURLToPath(new URL(file, import.meta.url))
  const child = fork(path, values)
  if (canPin) spawnSync('taskset', ['-a', '-cp', core, String(child.pid)])
  return child
}

async function ask(child, question) {
  const answer = once(child, 'message')
  child.send(question)
  const [message] = await answer
  return message
}

const load = start('./load.js', '1')
await once(load, 'message')
const servers = []
for (let copy = 0; copy < Number(processes); copy++) {
  for (const name of names) {
    const child = start('./server.js', '0', name, codes)
    const [{ port, list }] = await once(child, 'message')
    servers.push({ name, child, port, list })
  }
}

/** CPU microseconds per request. */
async function measure({ name, child, port, list }) {
  const before = (await ask(child, 'cpu')).cpu
  const { requests: sent, errors, wrong } = await ask(load, { port, list, amount: Number(requests) })
  const after = (await ask(child, 'cpu')).cpu
  if (errors > 0 || wrong.length > 0) throw new Error(`${name}: ${errors} errors, statuses ${JSON.stringify(wrong)}`)
  return (after.user + after.system - before.user - before.system) / sent
}

const costs = new Map(names.map((name) => [name, []]))
for (const server of servers) await measure(server)
for (let round = 0; round < Number(rounds); round++) {
  const measured = new Map(names.map((name) => [name, []]))
  // the order turns, so that no server always follows the same one
  for (let i = 0; i < servers.length; i++) {
    const server = servers[(i + round) % servers.length]
    measured.get(server.name).push(await measure(server))
  }
  for (const name of names) costs.get(name).push(mean(measured.get(name)))
  process.stderr.write(`round ${round + 1} of ${rounds}\r`)
}

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]
console.log(
  `\npoll, ${codes} pending, ${rounds} rounds of ${requests} requests to ${processes} processes each, Node ${process.version}${canPin ? ', pinned' : ''}`,
)
for (const name of names)
  console.log(`  ${name.padEnd(14)} ${median(costs.get(name)).toFixed(1).padStart(7)} us CPU per request`)
let missed = 0
for (const { server, bare, limit } of pairs) {
  const ratio = median(costs.get(server).map((cost, round) => cost / costs.get(bare)[round]))
  const good = ratio <= limit
  if (!good) missed++
  console.log(`  ${server} / ${bare}: ${ratio.toFixed(3)} (at most ${limit}) ${good ? 'ok' : 'MISSED'}`)
}
for (const { child } of servers) child.disconnect()
load.disconnect()
process.exitCode = missed === 0 ? 0 : 1
