// Measures the heap bytes per pending credential, and how the cost of a poll grows with their number, compared with a Map.
// Usage: node --expose-gc memory.js [codes]

import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

if (globalThis.gc === undefined) {
  const self = fileURLToPath(import.meta.url)
  const { status } = spawnSync(
    process.execPath,
    ['--expose-gc', '--max-old-space-size=8192', self, ...process.argv.slice(2)],
    { stdio: 'inherit' },
  )
  process.exit(status ?? 1)
}

const { createPending } = await import('./servers/device-auth.js')
const { createLean, grantType, pendingBody } = await import('./servers/pending.js')
const codes = Number(process.argv[2] ?? 1_000_000)
// with more polls, the clock of the benchmark would let codes expire
const polls = 30_000

function heap() {
  globalThis.gc?.()
  globalThis.gc?.()
  return process.memoryUsage().heapUsed
}

/** A random order, which no cache can predict. Each code is in it once, so that every poll is on time. */
function shuffled(list) {
  const order = [...list]
  for (let i = order.length - 1; i > 0; i--) {
    const j = Math.floor(Math.random() * (i + 1))
    ;[order[i], order[j]] = [order[j], order[i]]
  }
  return order
}

/** Nanoseconds per poll: the smallest of several rounds, because noise can only add time. */
async function cost(list, poll) {
  const order = shuffled(list)
  let next = 0
  let least = Number.POSITIVE_INFINITY
  for (let round = 0; round < 9; round++) {
    const start = process.hrtime.bigint()
    for (let i = 0; i < polls; i++) await poll(order[next++ % order.length])
    least = Math.min(least, Number(process.hrtime.bigint() - start) / polls)
  }
  return least
}

async function measureOurs(count) {
  const before = heap()
  const { deviceAuth, list } = await createPending(count)
  const listed = list.map((code) => Buffer.from(code).toString())
  list.length = 0
  const withCodes = heap()
  const endpoint = deviceAuth.route('POST', '/token')
  if (endpoint === undefined) throw new Error('no token endpoint')
  const headers = { 'content-type': 'application/x-www-form-urlencoded' }
  const poll = async (code) => {
    const { body } = await endpoint({
      method: 'POST',
      path: '/token',
      query: new URLSearchParams(),
      headers,
      form: new URLSearchParams(`grant_type=${encodeURIComponent(grantType)}&device_code=${code}&client_id=tv`),
      ip: undefined,
      native: undefined,
    })
    if (body !== pendingBody) throw new Error(`A poll was answered ${body}`)
  }
  return { bytes: (withCodes - before) / count, nanoseconds: await cost(listed, poll) }
}

async function measureMap(count) {
  const before = heap()
  const { records, list } = createLean(count)
  const bytes = (heap() - before) / count
  // parses the same form, so that both have the same constant cost
  const poll = async (code) => {
    const form = new URLSearchParams(`grant_type=${encodeURIComponent(grantType)}&device_code=${code}&client_id=tv`)
    return records.get(form.get('device_code'))?.status
  }
  return { bytes, nanoseconds: await cost(list, poll) }
}

// the list of codes belongs to the load, not to the server: a one-byte string of 43 characters and its pointer
const listBytes = 64 + 8
const [small, large] = [1_000, codes]
const ours = { small: await measureOurs(small), large: await measureOurs(large) }
const map = { small: await measureMap(small), large: await measureMap(large) }
const bytes = ours.large.bytes - listBytes
const growth = ours.large.nanoseconds / ours.small.nanoseconds
const mapGrowth = map.large.nanoseconds / map.small.nanoseconds
const relative = growth / mapGrowth
console.log(
  `${large} pending credentials: ${bytes.toFixed(0)} bytes of heap each (at most 700) ${bytes <= 700 ? 'ok' : 'MISSED'}`,
)
console.log(`a bare Map's records: ${(map.large.bytes - listBytes).toFixed(0)} bytes each`)
console.log(
  `poll: ${ours.small.nanoseconds.toFixed(0)} ns at ${small}, ${ours.large.nanoseconds.toFixed(0)} ns at ${large}: x ${growth.toFixed(2)}`,
)
console.log(
  `Map:  ${map.small.nanoseconds.toFixed(0)} ns at ${small}, ${map.large.nanoseconds.toFixed(0)} ns at ${large}: x ${mapGrowth.toFixed(2)}`,
)
console.log(`growth relative to the Map's: ${relative.toFixed(2)} (at most 1.1) ${relative <= 1.1 ? 'ok' : 'MISSED'}`)
process.exitCode = bytes <= 700 && relative <= 1.1 ? 0 : 1
