// The cost of many waiting DeviceFlows without a network, over minutes of a fake clock.
// Usage: node --expose-gc gateway-simulated.js [flows] [minutes]

import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

if (globalThis.gc === undefined) {
  const self = fileURLToPath(import.meta.url)
  const { status } = spawnSync(process.execPath, ['--expose-gc', self, ...process.argv.slice(2)], { stdio: 'inherit' })
  process.exit(status ?? 1)
}

const { DeviceFlow } = await import('@device-auth/client')
const { FakeClock } = await import('@device-auth/client/testing')
const flows = Number(process.argv[2] ?? 10_000)
const minutes = Number(process.argv[3] ?? 3)

function heap() {
  globalThis.gc?.()
  globalThis.gc?.()
  return process.memoryUsage().heapUsed
}

const clock = new FakeClock()
const headers = { 'content-type': 'application/json' }
const codes = JSON.stringify({
  device_code: 'x'.repeat(43),
  user_code: 'BCDF-GHJK',
  verification_uri: 'https://as.example.com/device',
  expires_in: 3600,
  interval: 5,
})
const pending = JSON.stringify({ error: 'authorization_pending' })
let polls = 0
const fetch = async (url) => {
  if (url.endsWith('/device_authorization')) return new Response(codes, { headers })
  polls += 1
  return new Response(pending, { status: 400, headers })
}

const before = heap()
const list = Array.from({ length: flows }, () => {
  const endpoint = (name) => `https://as.example.com/${name}`
  const endpoints = { deviceAuthorizationEndpoint: endpoint('device_authorization'), tokenEndpoint: endpoint('token') }
  return new DeviceFlow({ ...endpoints, clientId: 'tv', scope: 'profile', clock, fetch })
})
await Promise.all(list.map((flow) => flow.grant()))
await clock.advance(30)

const measured = []
for (let minute = 0; minute < minutes; minute++) {
  const [cpu, count] = [process.cpuUsage(), polls]
  await clock.advance(60)
  const { user, system } = process.cpuUsage(cpu)
  measured.push({
    'polls a flow': (polls - count) / flows,
    'CPU µs/poll': Math.round((user + system) / (polls - count)),
    'heap bytes/flow': Math.round((heap() - before) / flows),
    'timers a flow': clock.timers / flows,
  })
}
console.table(measured)
for (const flow of list) flow.close()
list.length = 0
await clock.advance(0)
const [first, last] = [measured[0]['heap bytes/flow'], measured.at(-1)['heap bytes/flow']]
const isFlat = last <= first * 1.05 && clock.timers === 0
console.log(`${flows} flows over ${minutes} minutes, ${polls} polls`)
console.log(`heap, last minute to first: x ${(last / first).toFixed(3)} (at most 1.05) ${isFlat ? 'flat' : 'MISSED'}`)
console.log(`after all are closed: ${Math.round((heap() - before) / flows)} bytes a flow, ${clock.timers} timers`)
process.exitCode = isFlat ? 0 : 1
