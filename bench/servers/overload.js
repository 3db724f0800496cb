// A server for overload.js, in a process of its own: on the store that STORE names. It sends its port, and the largest memory for each message.
import { createServer } from 'node:http'
import { createDeviceAuth, deviceClient, MemoryStore } from '@device-auth/core'
import { toNodeHandler } from '@device-auth/core/node'
import { redisStore } from '@device-auth/stores/redis'
import { Redis } from 'ioredis'

const [, , bound = ''] = process.argv
const stores = {
  memory: () => new MemoryStore({ maxRecords: 1_000_000 }),
  pool: () => slowStore(10, 40),
  processor: () => busyStore(2),
  redis: () => redisStore(new Redis(process.env.REDIS_URL, { socketTimeout: 5000 })),
}
const deviceAuth = createDeviceAuth({
  issuer: 'http://127.0.0.1',
  clients: [deviceClient({ client_id: 'tv', client_name: 'Living-room TV', scope: 'profile' })],
  secret: 'a secret of at least thirty-two characters',
  store: stores[process.env.STORE](),
  expiresIn: 600,
  // so many codes have to be long, and within the limits
  userCode: { charset: 'BCDFGHJKLMNPQRSTVWXZ', mask: '****-****-***' },
  limits: { pending: 1_000_000, pendingPerClient: 1_000_000, requestsPerClient: 1_000_000 },
  ...(bound === '' ? {} : { maxConcurrentRequests: Number(bound) }),
})
const server = createServer(toNodeHandler(deviceAuth)).listen(0, '127.0.0.1', () => {
  process.send?.({ port: server.address().port })
})
let rss = 0
setInterval(() => {
  rss = Math.max(rss, process.memoryUsage.rss())
}, 50).unref()
process.on('message', (message) => {
  if (message === 'reset') rss = 0
  else process.send?.({ rss })
})
process.on('disconnect', () => process.exit())

/** A store whose requests for codes keep the processor busy for so many milliseconds. */
function busyStore(milliseconds) {
  return new (class extends MemoryStore {
    createDeviceCredential(...values) {
      const end = performance.now() + milliseconds
      while (performance.now() < end);
      return super.createDeviceCredential(...values)
    }
  })({ maxRecords: 1_000_000 })
}

/** A store behind a pool of connections: a step waits for one, and takes it for so many milliseconds. */
function slowStore(connections, milliseconds) {
  const memory = new MemoryStore({ maxRecords: 1_000_000 })
  const waiting = []
  let free = connections
  const step = async (work) => {
    if (free > 0) free--
    else await new Promise((resolve) => waiting.push(resolve))
    await new Promise((resolve) => setTimeout(resolve, milliseconds))
    const next = waiting.shift()
    if (next === undefined) free++
    else next()
    return work()
  }
  return new Proxy(memory, {
    get(_, name) {
      const member = memory[name]
      return typeof member === 'function' ? (...values) => step(() => member.apply(memory, values)) : member
    },
  })
}
