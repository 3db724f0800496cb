// Measures polls that wait for the decision: the memory and the idle CPU of each, and the time from approval to token over
// loopback. Memory and CPU are those of the server, in this process; the devices are in another one.
// Usage: node --expose-gc held.js [polls]

import { fork, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { Agent, createServer, request } from 'node:http'
import { fileURLToPath } from 'node:url'
import { createDeviceAuth, deviceClient, MemoryStore } from '@device-auth/core'
import { toNodeHandler } from '@device-auth/core/node'

const self = fileURLToPath(import.meta.url)
const polls = Number(process.argv[2] ?? 10_000)
const headers = { 'content-type': 'application/x-www-form-urlencoded', prefer: 'wait=300' }
const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds))

function post(port, path, form, agent) {
  return new Promise((resolve, reject) => {
    const asked = request({ port, path, method: 'POST', headers, agent }, (response) => {
      let body = ''
      response.setEncoding('utf8').on('data', (text) => {
        body += text
      })
      response.on('end', () => resolve({ body: JSON.parse(body), at: performance.timeOrigin + performance.now() }))
    })
    asked.on('error', reject)
    asked.end(new URLSearchParams({ client_id: 'tv', ...form }).toString())
  })
}

/** The devices: they poll when they are told the codes, and tell when each got its token. */
async function runDevices(port) {
  const agent = new Agent({ keepAlive: true })
  const grant_type = 'urn:ietf:params:oauth:grant-type:device_code'
  // a server whose polls are answered at once: the sockets stay open without a held poll
  process.on('message', async ({ codes, isIdle }) => {
    const answers = codes.map(async (device_code) => {
      const { body, at } = await post(port, '/token', { grant_type, device_code }, agent)
      if (!isIdle) process.send?.({ device_code, at, ok: body.access_token !== undefined })
    })
    if (isIdle) {
      await Promise.all(answers)
      process.send?.('idle')
    }
  })
  process.send?.('ready')
}

function memory() {
  globalThis.gc?.()
  globalThis.gc?.()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

async function cpuOf(milliseconds) {
  const before = process.cpuUsage()
  await pause(milliseconds)
  const { user, system } = process.cpuUsage(before)
  return (user + system) / (milliseconds / 1000)
}

async function measure() {
  const many = { pending: 1_000_000, pendingPerClient: 1_000_000, requestsPerClient: 1_000_000 }
  const deviceAuth = createDeviceAuth({
    issuer: 'http://localhost/',
    clients: [deviceClient({ client_id: 'tv', client_name: 'TV', scope: 'profile' })],
    store: new MemoryStore({ maxRecords: polls * 2 }),
    expiresIn: 3600,
    userCode: { charset: 'BCDFGHJKLMNPQRSTVWXZ', mask: '****-****-***' },
    limits: many,
    longPolling: { maxWait: 300, maxHeld: polls },
  })
  const server = createServer(toNodeHandler(deviceAuth))
  server.keepAliveTimeout = 600_000
  server.listen(0, '127.0.0.1', polls)
  await once(server, 'listening')
  const { port } = server.address()
  const userCodes = new Map()
  for (let i = 0; i < polls; i++) {
    const { body } = await post(port, '/device_authorization', {}, new Agent())
    userCodes.set(body.device_code, body.user_code)
  }
  const devices = fork(self, ['devices', String(port)], { execArgv: [] })
  await once(devices, 'message')
  // unknown codes are answered at once: as many sockets, and nothing held
  devices.send({ codes: Array.from({ length: polls }, (_, index) => `unknown-${index}`), isIdle: true })
  await once(devices, 'message')
  await pause(2000)
  const [idleMemory, idleCpu] = [memory(), await cpuOf(10_000)]
  devices.send({ codes: [...userCodes.keys()] })
  await pause(15_000)
  const [heldMemory, heldCpu] = [memory(), await cpuOf(10_000)]
  const approvals = new Map()
  const times = []
  devices.on('message', ({ device_code, at, ok }) => {
    if (ok) times.push(at - approvals.get(device_code))
  })
  for (const [deviceCode, userCode] of [...userCodes].slice(0, 2000)) {
    approvals.set(deviceCode, performance.timeOrigin + performance.now())
    await deviceAuth.approve(userCode, { subject: 'alice' })
    await pause(2)
  }
  await pause(3000)
  times.sort((one, other) => one - other)
  const at = (share) => times[Math.floor(share * (times.length - 1))]?.toFixed(1)
  console.log(
    `${polls} held polls: ${Math.round((heldMemory - idleMemory) / polls)} bytes each beside the idle connection`,
  )
  console.log(
    `idle CPU in microseconds a second, all together: ${Math.round(heldCpu)}, idle connections alone: ${Math.round(idleCpu)}`,
  )
  console.log(`approval to token, ${times.length} of 2000, in ms: p50 ${at(0.5)}, p99 ${at(0.99)}, p99.9 ${at(0.999)}`)
  devices.kill()
  server.closeAllConnections()
  server.close()
  await deviceAuth.close()
}

if (process.argv[2] === 'devices') await runDevices(Number(process.argv[3]))
else if (globalThis.gc === undefined) {
  const { status } = spawnSync(process.execPath, ['--expose-gc', self, ...process.argv.slice(2)], { stdio: 'inherit' })
  process.exit(status ?? 1)
} else await measure()
