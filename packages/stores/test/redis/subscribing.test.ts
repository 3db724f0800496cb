import { expect, test, vi } from 'vitest'
import type { NodeRedisClient } from '../../src/redis/client.ts'
import { redisChannel } from '../../src/redis/subscribing.ts'

/** A connection of `redis` that the test lets connect. */
function subscriber() {
  let connected = (): void => {}
  const connection = {
    connect: () =>
      new Promise<void>((resolve) => {
        connected = resolve
      }),
    subscribe: vi.fn(async () => {}),
    on: () => connection,
    destroy: vi.fn(),
  }
  const unused = (): never => {
    throw new Error('not used here')
  }
  const client: NodeRedisClient = { eval: unused, evalSha: unused, multi: unused }
  const channel = redisChannel(Object.assign(client, { duplicate: () => connection }), async () => 1)
  const subscription = channel?.open(
    () => {},
    () => {},
  )
  return { connection, subscription: subscription!, connect: () => connected() }
}

test('a connection of redis that is ended while it is made is ended once more when it is there', async () => {
  const { connection, subscription, connect } = subscriber()
  subscription.close()
  connect()
  await subscription.ready
  expect(connection.destroy).toHaveBeenCalledTimes(2)
  expect(connection.subscribe).not.toHaveBeenCalled()
})

test('a connection of redis that has ended by itself can be closed', async () => {
  const { connection, subscription, connect } = subscriber()
  connect()
  await subscription.ready
  expect(connection.subscribe).toHaveBeenCalledTimes(1)
  connection.destroy.mockImplementation(() => {
    throw new Error('The client is closed')
  })
  expect(() => subscription.close()).not.toThrow()
})
