// Measures the time from the approval on one node to the token at a device that polls another node, over loopback: with
// `Prefer: wait` and with plain polls at the interval of 5 seconds. Memory store (one node), Redis and PostgreSQL (two nodes). Each
// node and all devices together are processes of their own.
// Usage: node held-nodes.js [devices] [memory|redis|postgres ...]

import { fork } from 'node:child_process'
import { once } from 'node:events'
import { Agent, createServer, request } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { createDeviceAuth, deviceClient, MemoryStore } from '@device-auth/core'
import { toNodeHandler } from '@device-auth/core/node'
import { migrate, postgresStore } from '@device-auth/stores/postgres'
import { redisStore } from '@device-auth/stores/redis'
import { Redis } from 'ioredis'
import pg from 'pg'
import { startPostgres, startRedis } from './databases.js'

const self = fileURLToPath(import.meta.url)
const grant_type = 'urn:ietf:params:oauth:grant-type:device_code'
const interval = 5000
/** Milliseconds between two approvals. */
const step = 20
/** Milliseconds by a clock that all processes share. */
const now = () => Number(process.hrtime.bigint()) / 1e6

const stores = {
  memory: async () => new MemoryStore(),
  redis: async (url) => redisStore(new Redis(url, { socketTimeout: 5000 })),
  postgres: async (url) => {
    const pool = new pg.Pool({ connectionString: url })
    // the database may end before this process does
    pool.on('error', () => {})
    await migrate(pool)
    return postgresStore(pool)
  },
}

/** A node: answers over HTTP, and approves when it is told to. */
async function runNode(kind, url) {
  const deviceAuth = createDeviceAuth({
    issuer: 'http://localhost/',
    clients: [deviceClient({ client_id: 'tv', client_name: 'TV', scope: 'profile' })],
    store: await stores[kind](url),
    secret: 'both nodes are one application, so they share this',
  })
  process.on('message', async ({ userCode, subject }) => {
    const at = now()
    const outcome = await deviceAuth.approve(userCode, { subject })
    process.send?.({ at, outcome })
  })
  const server = createServer(toNodeHandler(deviceAuth)).listen(0, '127.0.0.1', 1000)
  await once(server, 'listening')
  process.send?.({ port: server.address().port })
}

function post(port, path, form, agent, headers = {}) {
  const type = { 'content-type': 'application/x-www-form-urlencoded' }
  return new Promise((resolve, reject) => {
    const asked = request({ port, path, method: 'POST', agent, headers: { ...type, ...headers } }, (response) => {
      let body = ''
      response.setEncoding('utf8').on('data', (text) => {
        body += text
      })
      response.on('end', () => resolve({ ...JSON.parse(body), at: now() }))
    })
    asked.on('error', reject)
    asked.end(new URLSearchParams({ client_id: 'tv', ...form }).toString())
  })
}

/** The devices: each polls until it has its token. Plain polls begin at any moment within the interval. */
function runDevices(port) {
  const agent = new Agent({ keepAlive: true })
  const follow = async (device_code, waits) => {
    if (!waits) await pause(Math.random() * interval)
    for (;;) {
      const headers = waits ? { prefer: 'wait=25' } : {}
      const sentAt = now()
      const { access_token, error, at } = await post(port, '/token', { grant_type, device_code }, agent, headers)
      if (access_token !== undefined) return process.send?.({ device_code, at })
      if (error !== 'authorization_pending') throw new Error(`A device heard ${error}.`)
      if (!waits || at - sentAt < interval) await pause(interval + 10)
    }
  }
  process.on('message', ({ codes, waits }) => {
    for (const code of codes) void follow(code, waits)
  })
  process.send?.('ready')
}

async function measure(kind, url, count, waits) {
  const children = []
  const start = async (...values) => {
    const child = fork(self, values)
    children.push(child)
    child.once('exit', (code) => code && process.exit(code))
    const [message] = await once(child, 'message')
    return { child, ...message }
  }
  const first = await start('node', kind, url)
  const second = kind === 'memory' ? first : await start('node', kind, url)
  const { child: devices } = await start('devices', String(first.port))
  const userCodes = new Map()
  const agent = new Agent({ keepAlive: true })
  for (let i = 0; i < count; i++) {
    const { device_code, user_code } = await post(first.port, '/device_authorization', {}, agent)
    userCodes.set(device_code, user_code)
  }
  const received = new Map()
  devices.on('message', ({ device_code, at }) => received.set(device_code, at))
  // the first poll connects the store to its channel, and is answered at once
  devices.send({ codes: [...userCodes.keys()], waits })
  await pause(2 * interval)
  const approved = new Map()
  for (const [index, [deviceCode, userCode]] of [...userCodes].entries()) {
    second.child.send({ userCode, subject: `user-${index}` })
    const [{ at, outcome }] = await once(second.child, 'message')
    if (outcome !== 'decided') throw new Error(`An approval ended as ${outcome}.`)
    approved.set(deviceCode, at)
    await pause(step)
  }
  for (let tries = 0; received.size < count; tries++) {
    if (tries === 40) throw new Error(`Only ${received.size} of ${count} devices got a token.`)
    await pause(500)
  }
  for (const child of children) {
    child.disconnect()
    await once(child, 'exit')
  }
  return [...approved].map(([code, at]) => received.get(code) - at).sort((one, other) => one - other)
}

async function measureAll(count, kinds) {
  const start = { memory: () => ({ url: '', stop() {} }), redis: startRedis, postgres: startPostgres }
  console.log(`approval to token over loopback, ${count} devices, ms, Node ${process.version}`)
  for (const kind of kinds) {
    const database = await start[kind]()
    for (const waits of [true, false]) {
      const times = await measure(kind, database.url, count, waits)
      const at = (share) => times[Math.floor(share * (times.length - 1))]?.toFixed(1).padStart(8)
      const name = `${kind}, ${waits ? 'Prefer: wait' : 'plain polls'}`
      console.log(`  ${name.padEnd(24)} p50 ${at(0.5)}  p99 ${at(0.99)}  longest ${at(1)}`)
    }
    await database.stop()
  }
}

const [, , role = '500', ...values] = process.argv
if (role === 'node') {
  process.once('disconnect', () => process.exit())
  await runNode(...values)
} else if (role === 'devices') {
  process.once('disconnect', () => process.exit())
  runDevices(Number(values[0]))
} else await measureAll(Number(role), values.length > 0 ? values : Object.keys(stores))
