// The cost of many waiting DeviceFlows in one process: heap per flow, CPU per poll and delay of the event loop over time.
// The run is flat if its last third costs as much as its first.
// Usage: node --expose-gc gateway.js [flows] [seconds] [interval]

import { fork, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

if (globalThis.gc === undefined) {
  const self = fileURLToPath(import.meta.url)
  const { status } = spawnSync(process.execPath, ['--expose-gc', self, ...process.argv.slice(2)], { stdio: 'inherit' })
  process.exit(status ?? 1)
}

const { DeviceFlow } = await import('@device-auth/client')
const flows = Number(process.argv[2] ?? 10_000)
const seconds = Number(process.argv[3] ?? 90)
const samples = 12
const interval = Number(process.argv[4] ?? 30)

const server = fork(fileURLToPath(new URL('./server.js', import.meta.url)), [
  'gateway',
  'start',
  String(flows),
  String(interval),
])
const [{ port }] = await once(server, 'message')
const origin = `http://127.0.0.1:${port}`

function heap() {
  globalThis.gc?.()
  globalThis.gc?.()
  return process.memoryUsage().heapUsed
}

let polls = 0
let early = 0
const errors = new Map()

function create() {
  const flow = new DeviceFlow({
    deviceAuthorizationEndpoint: `${origin}/device_authorization`,
    tokenEndpoint: `${origin}/token`,
    clientId: 'tv',
    scope: 'profile',
    dangerouslyAllowHttp: true,
  })
  let answeredAt = 0
  flow.on('poll', (report) => {
    if (report.attempt > 1) polls += 1
    if (report.attempt > 2 && report.answeredAt - answeredAt < interval * 1000) early += 1
    answeredAt = report.answeredAt
    const { lastError } = report
    if (lastError !== undefined && lastError !== 'authorization_pending') {
      errors.set(lastError, (errors.get(lastError) ?? 0) + 1)
    }
  })
  return flow
}

const before = heap()
const list = Array.from({ length: flows }, create)
const created = heap()
// the flows start one after another, as devices do: a hundredth of them in each hundredth of the interval
const size = Math.ceil(flows / 100)
for (let i = 0; i < flows; i += size) {
  const next = wait(interval * 10)
  for (const flow of list.slice(i, i + size)) {
    void flow.grant().then(({ ok, error }) => ok || errors.set(error, (errors.get(error) ?? 0) + 1))
  }
  await next
}
// wait until every flow has polled, so that connections are open and code is compiled
await wait(interval * 1000)

const delay = monitorEventLoopDelay({ resolution: 10 })
delay.enable()
const measured = []
for (let sample = 0; sample < samples; sample++) {
  // measuring the heap collects garbage, which must not count
  await wait(100)
  const [cpu, count, began] = [process.cpuUsage(), polls, performance.now()]
  delay.reset()
  await wait((seconds * 1000) / samples)
  const { user, system } = process.cpuUsage(cpu)
  const elapsed = (performance.now() - began) / 1000
  measured.push({
    'polls/s': Math.round((polls - count) / elapsed),
    'CPU µs/poll': Math.round((user + system) / (polls - count)),
    'CPU %': Math.round((user + system) / 10_000 / elapsed),
    'loop p99 ms': Math.round(delay.percentile(99) / 1e6),
    'heap KB/flow': Math.round(((heap() - before) / flows / 1024) * 10) / 10,
    'RSS MB': Math.round(process.memoryUsage().rss / 2 ** 20),
  })
}
console.table(measured)

const third = samples / 3
const median = (name, part) => part.map((sample) => sample[name]).toSorted((a, b) => a - b)[Math.floor(part.length / 2)]
const growth = (name) => median(name, measured.slice(-third)) / median(name, measured.slice(0, third))
const [heapGrowth, cpuGrowth] = [growth('heap KB/flow'), growth('CPU µs/poll')]
for (const flow of list) flow.close()
list.length = 0
await wait(1000)
const left = Math.round((heap() - before) / flows)
console.log(`${flows} flows, interval ${interval} s, ${polls} polls, ${early} early`)
console.log(
  `a flow before it starts: ${Math.round((created - before) / flows)} bytes; after all are closed: ${left} bytes each`,
)
console.log(`errors without an answer: ${JSON.stringify(Object.fromEntries(errors))}`)
const isFlat = heapGrowth <= 1.1 && cpuGrowth <= 1.25 && early === 0
console.log(
  `last third to first: heap x ${heapGrowth.toFixed(2)} (at most 1.1), CPU a poll x ${cpuGrowth.toFixed(2)} (at most 1.25)`,
)
console.log(isFlat ? 'flat' : 'MISSED')
server.kill()
process.exitCode = isFlat ? 0 : 1
