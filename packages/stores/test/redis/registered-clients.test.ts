import { registeredClientStoreContract } from '@device-auth/core/testing'
import { type RedisClient, redisRegisteredClients, redisStore } from '@device-auth/stores/redis'
import { Redis } from 'ioredis'
import { createClient } from 'redis'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { describeWith } from '../../../../tests/missing.ts'
import { expectOneFleet, newClient } from '../application/registered-fleet.ts'
import { randomHash } from '../credentials.ts'
import { type Wire, wireTo } from '../network/wire.ts'
import { type ClusterClients, clusterClients } from './cluster-clients.ts'
import { noRedis, type RedisServer, redisServer } from './redis-server.ts'

/** A store without clients. */
function emptyOn(client: RedisClient) {
  return redisRegisteredClients(client, { keyPrefix: `${randomHash()}:` })
}

describeWith(noRedis(), 'redisRegisteredClients on one server', () => {
  let server: RedisServer
  let wire: Wire
  let ioredis: Redis
  let nodeRedis: ReturnType<typeof createClient>

  beforeAll(async () => {
    server = await redisServer()
    wire = await wireTo(server.port)
    ioredis = new Redis(wire.port, { socketTimeout: 5000, retryStrategy: () => 20, maxRetriesPerRequest: null })
    ioredis.on('error', () => {})
    nodeRedis = createClient({ url: `redis://127.0.0.1:${server.port}` })
    nodeRedis.on('error', () => {})
    await nodeRedis.connect()
  })

  afterAll(async () => {
    ioredis.disconnect()
    nodeRedis.destroy()
    await wire.close()
    await server.stop()
  })

  describe('meets the contract over ioredis', () => {
    for (const { name, run } of registeredClientStoreContract(() => emptyOn(ioredis))) test(name, run)
  })

  describe('meets the contract over redis', () => {
    for (const { name, run } of registeredClientStoreContract(() => emptyOn(nodeRedis))) test(name, run)
  })

  test('check() writes a client of its own, leaves nothing behind, and names what fails', async () => {
    const keyPrefix = `${randomHash()}:`
    for (const client of [ioredis, nodeRedis]) {
      const clients = redisRegisteredClients(client, { keyPrefix })
      expect(await clients.check?.()).toEqual([])
    }
    expect(await ioredis.exists(`${keyPrefix}registered-clients`)).toBe(0)
    await ioredis.config('SET', 'maxmemory', '1mb')
    await expect(emptyOn(nodeRedis).check?.()).rejects.toThrow('memory is full')
    await ioredis.config('SET', 'maxmemory', '0')
  })

  test('two nodes have the same clients, over either client', async () => {
    const node = (client: RedisClient) => ({ store: redisStore(client), clients: redisRegisteredClients(client) })
    await expectOneFleet(node(ioredis), node(nodeRedis))
  })

  test('what ioredis sends again, because the answer was lost, has the result of its first execution', async () => {
    const [clients, client] = [emptyOn(ioredis), newClient()]
    wire.loseNextAnswer()
    expect(await clients.insert(client, 1)).toBe(true)
    expect(await clients.insert(client, 2)).toBe(false)
    const changed = { ...client, revision: 1 }
    wire.loseNextAnswer()
    expect(await clients.replace(changed)).toBe(true)
    expect(await clients.replace(changed)).toBe(false)
    wire.loseNextAnswer()
    await clients.remove(client.client.client_id)
    expect(await clients.find(client.client.client_id)).toBeUndefined()
  })

  test('the clients are there after the server was killed and started again', async () => {
    const [clients, client] = [redisRegisteredClients(ioredis), newClient()]
    await clients.insert(client, 100)
    await server.kill()
    await server.start()
    expect(await clients.find(client.client.client_id)).toEqual(client)
  })

  test('a full server rejects an insertion, and the clients are found, changed and removed again', async () => {
    const [clients, client, other] = [emptyOn(ioredis), newClient(), newClient()]
    await clients.insert(client, 10)
    await ioredis.config('SET', 'maxmemory', '1mb')
    await expect(clients.insert(other, 10)).rejects.toThrow('OOM')
    expect(await clients.find(client.client.client_id)).toEqual(client)
    expect(await clients.remove(client.client.client_id)).toBe(true)
    await ioredis.config('SET', 'maxmemory', '0')
    expect(await clients.insert(other, 1)).toBe(true)
  })

  test('with `wait`, a registration that no replica has is not told to the device', async () => {
    const wait = { replicas: 1, timeout: 0.01 }
    for (const client of [ioredis, nodeRedis]) {
      const clients = redisRegisteredClients(client, { keyPrefix: `${randomHash()}:`, wait })
      await expect(clients.insert(newClient(), 10)).rejects.toThrow('0 of 1 replicas')
    }
  })

  test('refuses a wrong client and a misspelt option', () => {
    expect(() => Reflect.apply(redisRegisteredClients, undefined, [{}])).toThrow(
      'redisRegisteredClients needs a client as its first argument, such as new Redis() of ioredis',
    )
    expect(() => Reflect.apply(redisRegisteredClients, undefined, [ioredis, { keyprefix: 'x' }])).toThrow('keyPrefix')
  })
})

describeWith(noRedis(), 'redisRegisteredClients on a cluster of three masters', () => {
  let cluster: ClusterClients

  beforeAll(async () => {
    cluster = await clusterClients()
  })

  afterAll(() => cluster.stop())

  describe('meets the contract over ioredis', () => {
    for (const { name, run } of registeredClientStoreContract(() => emptyOn(cluster.ioredis))) test(name, run)
  })

  describe('meets the contract over redis', () => {
    for (const { name, run } of registeredClientStoreContract(() => emptyOn(cluster.nodeRedis))) test(name, run)
  })
})
