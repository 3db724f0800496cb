// Measures the cost of a poll: CPU microseconds of the server process per request, in interleaved rounds. V8 compiles each
// process a little differently, which changes the cost by a tenth. So each server is started several times. The ratio is
// that of the medians over all starts; the middle half of the ratios of single starts is printed beside it. Rounds are
// long for two reasons: with Express on Node 20 the whole heap is collected every few thousand requests, which would hit
// some short rounds and not others; and after a pause each server has to open its connections and fill its caches again.
// Usage: node poll.js [starts] [rounds] [requests] [codes]

import { fork, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

const [, , starts = '5', rounds = '2', requests = '40000', codes = '10000'] = process.argv
const pairs = [
  { server: 'node', bare: 'bare', limit: 1.25 },
  { server: 'express', bare: 'express-lean', limit: 1.1 },
]
const names = ['bare', 'node', 'express-lean', 'express']
const quantile = (values, share) => values.toSorted((a, b) => a - b)[Math.floor((values.length - 1) * share)]
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

async function startServer(name) {
  const child = start('./server.js', '0', name, codes)
  const [{ port, list }] = await once(child, 'message')
  return { name, child, port, list }
}

/** CPU microseconds per request. */
async function measure({ name, child, port, list }) {
  const before = (await ask(child, 'cpu')).cpu
  const { requests: sent, errors, wrong } = await ask(load, { port, list, amount: Number(requests) })
  const after = (await ask(child, 'cpu')).cpu
  if (errors > 0 || wrong.length > 0) throw new Error(`${name}: ${errors} errors, ${wrong.length} wrong: ${wrong[0]}`)
  return (after.user + after.system - before.user - before.system) / sent
}

// The load runs on the same core as the server. To wake a process on another core takes an interrupt, which costs 10 us in
// a virtual machine, and the slower a server is, the more often its client sleeps.
const load = start('./load.js', '0')
await once(load, 'message')
const costs = new Map(names.map((name) => [name, []]))
for (let fresh = 0; fresh < Number(starts); fresh++) {
  const servers = []
  for (const name of names) servers.push(await startServer(name))
  for (const server of servers) await measure(server)
  for (let round = 0; round < Number(rounds); round++) {
    // the order rotates, so that no server always follows the same one
    for (let i = 0; i < servers.length; i++) {
      const server = servers[(i + round) % servers.length]
      costs.get(server.name).push(await measure(server))
    }
    process.stderr.write(`start ${fresh + 1} of ${starts}, round ${round + 1} of ${rounds}\r`)
  }
  for (const { child } of servers) child.disconnect()
}
load.disconnect()

console.log(
  `\npoll, ${codes} pending, ${starts} starts, ${rounds} rounds of ${requests} requests each, Node ${process.version}${canPin ? ', pinned' : ''}`,
)
// the mean over the rounds of one start: with Express half of the cost is garbage collection, which hits only some rounds
const means = new Map(names.map((name) => [name, meansOf(costs.get(name), Number(rounds))]))
for (const name of names)
  console.log(`  ${name.padEnd(14)} ${quantile(means.get(name), 0.5).toFixed(1).padStart(7)} us CPU per request`)
let missed = 0
for (const { server, bare, limit } of pairs) {
  const ratio = quantile(means.get(server), 0.5) / quantile(means.get(bare), 0.5)
  const single = means.get(server).map((cost, index) => cost / means.get(bare)[index])
  const spread = [0.25, 0.75].map((share) => quantile(single, share).toFixed(2)).join(' to ')
  if (ratio > limit) missed++
  console.log(
    `  ${server} / ${bare}: ${ratio.toFixed(3)} (single starts ${spread}; at most ${limit}) ${ratio > limit ? 'MISSED' : 'ok'}`,
  )
}
process.exitCode = missed === 0 ? 0 : 1

/** The mean over the rounds of each start. */
function meansOf(values, length) {
  return Array.from({ length: values.length / length }, (_, start) => {
    const own = values.slice(start * length, (start + 1) * length)
    return own.reduce((sum, value) => sum + value) / length
  })
}
