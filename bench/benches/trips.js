// Round trips to Redis. Commands that are sent together are one: a command starts a trip if none is under way.

import { createDeviceAuth, deviceClient } from '@device-auth/core'
import { scriptedUser } from '@device-auth/core/testing'
import { redisStore } from '@device-auth/stores/redis'
import { Redis } from 'ioredis'
import { startRedis } from '../databases.js'
import { grantType, issuer } from '../servers/pending.js'

/** A client that counts, and its number of trips so far. */
function countingClient(url) {
  const client = new Redis(url, { socketTimeout: 5000 })
  const sendCommand = client.sendCommand.bind(client)
  let [trips, underWay] = [0, 0]
  const end = () => underWay--
  client.sendCommand = (command, ...others) => {
    if (underWay++ === 0) trips++
    command.promise.then(end, end)
    return sendCommand(command, ...others)
  }
  return { client, trips: () => trips }
}

export async function run() {
  const redis = await startRedis()
  const { client, trips } = countingClient(redis.url)
  const deviceAuth = createDeviceAuth({
    issuer,
    clients: [deviceClient({ client_id: 'tv', client_name: 'Living-room TV', scope: 'profile' })],
    secret: 'a secret of at least thirty-two characters',
    store: redisStore(client),
  })
  const figures = {}
  const count = async (name, work) => {
    const before = trips()
    const answer = await work()
    figures[name] = [trips() - before]
    return answer
  }
  const send = async (path, form) => {
    const headers = { 'content-type': 'application/x-www-form-urlencoded' }
    const request = { method: 'POST', path, query: new URLSearchParams(), headers, ip: '203.0.113.5', native: {} }
    const { body } = await deviceAuth.route('POST', path)({ ...request, form: new URLSearchParams(form) })
    return JSON.parse(body)
  }
  const signIn = async () => {
    const codes = await count('codes', () => send('/device_authorization', { client_id: 'tv' }))
    const poll = { client_id: 'tv', grant_type: grantType, device_code: codes.device_code }
    await count('poll', () => send('/token', poll))
    const user = scriptedUser(deviceAuth, { id: 'ada' }, { ip: '198.51.100.7' })
    const page = await count('typed code', () => user.enter(codes.user_code))
    await count('decision', () => page.approve())
    const { access_token } = await count('redemption', () => send('/token', poll))
    if (access_token === undefined) throw new Error('The device got no token.')
  }
  // the first one opens the connection and loads the scripts
  await signIn()
  await signIn()
  await deviceAuth.close()
  client.disconnect()
  redis.stop()
  return { redis: figures }
}
