import type { StoreClock } from '@device-auth/core'
import { measuredClock } from '../measured-clock.ts'
import type { RunScript } from './client.ts'

const readTime = `return redis.call('TIME')`

/**
 * The clock of a Redis server; on a Cluster that of one master, so the clocks of the masters must agree.
 *
 * @param key chooses the master
 */
export function redisClock(run: RunScript, key: string): StoreClock {
  return measuredClock(async () => {
    const [seconds, microseconds] = (await run(readTime, [key], [])) as readonly unknown[]
    return Number(seconds) * 1000 + Number(microseconds) / 1000
  })
}
