// @ts-check
/** Runs the application: `node start.js`. For the demo it also finds a free port and prints the addresses. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import { pathToFileURL } from 'node:url'
import { createApp } from './server.js'

/** Listens on PORT (default 3000), or on the next free port. */
export async function start() {
  const server = createServer()
  const port = await listen(server, Number(process.env.PORT ?? 3000))
  // ORIGIN is the address that phones use if a tunnel or a proxy is in front
  const origin = process.env.ORIGIN ?? `http://localhost:${port}`
  server.on('request', createApp(`${origin}/oauth`).app)
  console.log(`
  The TV       ${origin}/tv
  The phone    ${origin}/oauth/device  (any other browser window will do)
  Accounts     ada, password engine; grace, password compiler
`)
  return { server, origin }
}

/** Finds the port before the application is created, because that has to know its own address. @param {import('node:http').Server} server @param {number} wanted */
async function listen(server, wanted) {
  for (let port = wanted; !server.listening; port++) {
    try {
      await once(server.listen(port, 'localhost'), 'listening')
    } catch (error) {
      if (!isTaken(error) || port === wanted + 20) throw error
      console.log(`Port ${port} is taken, trying ${port + 1}.`)
    }
  }
  return /** @type {import('node:net').AddressInfo} */ (server.address()).port
}

/** @param {unknown} error */
function isTaken(error) {
  return error instanceof Error && 'code' in error && error.code === 'EADDRINUSE'
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await start()
