// @ts-check
/** The whole story in one terminal: the server, and a device that signs in to it. */
import { signIn } from './device.js'
import { start } from './start.js'

const { server, origin } = await start()
const abort = new AbortController()
process.once('SIGINT', () => abort.abort())
process.exitCode = await signIn(`${origin}/oauth`, abort.signal)

if (process.stdout.isTTY && !abort.signal.aborted) {
  console.log(`\n  The server goes on, for the TV at ${origin}/tv. Ctrl-C ends it.`)
  process.once('SIGINT', () => process.exit())
} else {
  server.close()
  server.closeAllConnections()
}
