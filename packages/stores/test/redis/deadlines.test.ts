import { reconnectWhenSilent, redisStore } from '@device-auth/stores/redis'
import { Redis } from 'ioredis'
import { createClient } from 'redis'
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import { describeWith } from '../../../../tests/missing.ts'
import { newCredential } from '../credentials.ts'
import { type Wire, wireTo } from '../network/wire.ts'
import { until } from '../until.ts'
import { noRedis, type RedisServer, redisServer } from './redis-server.ts'

describeWith(noRedis(), 'redisStore when its host goes silent', () => {
  let server: RedisServer
  let wire: Wire
  const closing: (() => void)[] = []

  beforeAll(async () => {
    server = await redisServer()
    wire = await wireTo(server.port)
  })

  afterEach(() => {
    for (const close of closing.splice(0)) close()
    vi.restoreAllMocks()
  })

  afterAll(async () => {
    await wire.close()
    await server.stop()
  })

  const ioredis = (options: { readonly socketTimeout?: number } = {}) => {
    const client = new Redis(wire.port, options)
    client.on('error', () => {})
    closing.push(() => client.disconnect())
    return client
  }

  const nodeRedis = async () => {
    const client = createClient({ url: `redis://127.0.0.1:${wire.port}` })
    client.on('error', () => {})
    closing.push(() => client.destroy())
    return client.connect()
  }

  /** Polls while the host is silent, as devices do: what is sent must not put the deadline off. */
  const expectRecovery = async (store: ReturnType<typeof redisStore>) => {
    const { id } = newCredential()
    const poll = async () => store.pollDeviceCredential(id, 'tv', Date.now())
    await poll()
    wire.silence()
    let answers = 0
    const polling = setInterval(() => {
      poll().then(
        () => answers++,
        () => {},
      )
    }, 50)
    closing.push(() => clearInterval(polling))
    await until(async () => expect(answers).toBeGreaterThan(0))
  }

  test('ioredis with socketTimeout finds the host again', async () => {
    await expectRecovery(redisStore(ioredis({ socketTimeout: 500 })))
  })

  test('redis with reconnectWhenSilent finds the host again', async () => {
    const client = await nodeRedis()
    closing.push(reconnectWhenSilent(client, 0.5))
    await expectRecovery(redisStore(client))
  })

  test('redis with reconnectWhenSilent has one connection after a server that stood still', async () => {
    const own = await redisServer()
    const client = createClient({ url: `redis://127.0.0.1:${own.port}` })
    client.on('error', () => {})
    await client.connect()
    const endWatch = reconnectWhenSilent(client, 0.4)
    const connections = async () => (await client.sendCommand(['CLIENT', 'LIST'])).toString().trim().split('\n').length
    expect(await connections()).toBe(1)
    own.freeze(true)
    // long enough for several connections whose first commands get no answer
    await new Promise((resolve) => setTimeout(resolve, 2_500))
    own.freeze(false)
    await until(async () => expect(await connections()).toBe(1))
    endWatch()
    client.destroy()
    await own.stop()
  })

  test('redis with reconnectWhenSilent stays connected while it is idle, and is not opened after it was closed', async () => {
    const client = await nodeRedis()
    const reconnected = vi.fn()
    client.on('connect', reconnected)
    closing.push(reconnectWhenSilent(client, 0.05))
    await client.ping()
    for (let round = 0; round < 10; round++) await client.ping()
    expect(reconnected).not.toHaveBeenCalled()
    closing.splice(0)[1]!()
    client.destroy()
    expect(client.isOpen).toBe(false)
  })

  test('the process is warned once of a client that would hang, with the name of what is missing', async () => {
    const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
    const [client, other] = [ioredis(), await nodeRedis()]
    redisStore(client)
    redisStore(client)
    redisStore(ioredis({ socketTimeout: 500 }), { wait: { replicas: 1, timeout: 1 } })
    redisStore(other)
    expect(warn.mock.calls.map(([text]) => String(text))).toEqual([
      expect.stringContaining('without the option socketTimeout'),
      expect.stringContaining('must be longer than the option wait.timeout'),
      expect.stringContaining('without reconnectWhenSilent'),
    ])
  })

  test('the process is not warned of a client that has a deadline', async () => {
    const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
    const client = await nodeRedis()
    closing.push(reconnectWhenSilent(client))
    redisStore(client)
    redisStore(ioredis({ socketTimeout: 5_000 }), { wait: { replicas: 1, timeout: 1 } })
    expect(warn).not.toHaveBeenCalled()
  })

  test('reconnectWhenSilent refuses an impossible time', async () => {
    const client = await nodeRedis()
    for (const seconds of [0, -1, Number.NaN, 3601])
      expect(() => reconnectWhenSilent(client, seconds)).toThrow(RangeError)
  })

  test('reconnectWhenSilent names what it needs; null is no time', async () => {
    expect(() => Reflect.apply(reconnectWhenSilent, undefined, [undefined])).toThrow('needs a client')
    closing.push(reconnectWhenSilent(await nodeRedis(), null))
  })
})
