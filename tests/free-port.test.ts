import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { expect, it } from 'vitest'
import { freePort } from './free-port.ts'

it('no port is given twice, and none that the system gives to connections', async () => {
  const ports: number[] = []
  for (let count = 0; count < 50; count++) ports.push(await freePort())
  expect(new Set(ports).size).toBe(50)
  // those of Linux begin at 32768, also for the bus of a Redis cluster
  for (const port of ports) expect(port + 10_000).toBeLessThan(32_768)
})

it('another process that chooses a port sees that it is taken, before its server has started', async () => {
  const other = createSocket('udp4')
  other.bind({ port: await freePort(), address: '127.0.0.1', exclusive: true })
  const [error] = await once(other, 'error')
  expect(error).toMatchObject({ code: 'EADDRINUSE' })
  other.close()
})
