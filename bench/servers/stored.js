// Servers with their credentials in a database: ours, and minimal handlers with the same database clients.

import { randomUUID } from 'node:crypto'
import { createServer } from 'node:http'
import { createDeviceAuth, deviceClient } from '@device-auth/core'
import { toNodeHandler } from '@device-auth/core/node'
import { grantType, issuer, pendingBody, randomCode, readBody, steppingClock } from './pending.js'

/**
 * Credentials made at one time: as few as there are parallel polls. If hundreds of them survive a garbage collection, V8
 * allocates such objects in the old space from then on, where dead ones keep young ones alive. This costs a tenth of a
 * poll, and no real server starts like this.
 */
const SLICE = 20

async function inSlices(count, work) {
  for (let from = 0; from < count; from += SLICE) {
    await Promise.all(Array.from({ length: Math.min(SLICE, count - from) }, (_, index) => work(from + index)))
  }
}

/** Our server on a store, with this number of pending credentials. */
export async function startStored(store, codes) {
  let clock = Date.now
  const deviceAuth = createDeviceAuth({
    issuer,
    clients: [deviceClient({ client_id: 'tv', client_name: 'Living-room TV', scope: 'profile' })],
    secret: randomUUID(),
    store,
    expiresIn: 3600,
    limits: { requestsPerClient: 10 ** 6, pendingPerClient: 10 ** 6, pending: 200_000 },
    clock: () => Math.floor(clock()),
  })
  const endpoint = deviceAuth.route('POST', '/device_authorization')
  const list = []
  await inSlices(codes, async () => {
    const { body } = await endpoint({
      method: 'POST',
      path: '/device_authorization',
      query: new URLSearchParams(),
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      form: new URLSearchParams('client_id=tv'),
      ip: undefined,
      native: undefined,
    })
    list.push(JSON.parse(body).device_code)
  })
  clock = steppingClock(codes)
  return { server: createServer(toNodeHandler(deviceAuth)), list }
}

/** A minimal handler: one query, then the answer. */
export async function startBare(codes, keep, isPending) {
  const list = Array.from({ length: codes }, randomCode)
  await inSlices(codes, (index) => keep(list[index]))
  const clock = steppingClock(codes)
  const answer = async (text, res) => {
    const form = new URLSearchParams(text)
    const known =
      form.get('grant_type') === grantType &&
      (await isPending(form.get('device_code'), form.get('client_id'), Math.floor(clock())))
    const body = known ? pendingBody : '{"error":"invalid_grant"}'
    res.writeHead(400, {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
      'cache-control': 'no-store',
      pragma: 'no-cache',
    })
    res.end(body)
  }
  return { server: createServer((req, res) => readBody(req, (text) => answer(text, res))), list }
}
