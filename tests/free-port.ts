import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { createServer } from 'node:net'

/**
 * The first port, and the number of ports. They are below those that systems give to connections and to servers that ask for any port
 * (on Linux from 32768 on), so nothing takes one before its server starts. The bus of a Redis cluster has the port that is 10,000 higher.
 */
const [first, count] = [10_100, 9_900]

// processes that run at the same time begin at different ports
let next = (process.pid * 37) % count

/** Marks a port for other processes that run tests, until this process ends: it opens the UDP port of the same number. */
function isMarked(port: number): Promise<boolean> {
  const mark = createSocket('udp4').unref()
  return new Promise((resolve) => {
    mark.once('error', () => mark.close(() => resolve(false)))
    mark.bind({ port, address: '127.0.0.1', exclusive: true }, () => resolve(true))
  })
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer()
  try {
    await once(server.listen(port), 'listening')
  } catch {
    return false
  }
  await new Promise((resolve) => server.close(resolve))
  return true
}

/** A port on which no server listens. Nothing else gets it while this process runs, also before its server has started. */
export async function freePort(): Promise<number> {
  for (let tried = 0; tried < count; tried++) {
    const port = first + next
    next = (next + 1) % count
    if ((await isMarked(port)) && (await isFree(port))) return port
  }
  throw new Error(`None of the ports from ${first} to ${first + count - 1} is free.`)
}
