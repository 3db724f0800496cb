// @ts-check
/** The demo in one terminal: the server, and the command `device-auth` of `@device-auth/cli` as the device. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { start } from './start.js'

const { server, origin } = await start()
// a temporary folder for the tokens: they end with the server, whose store is in memory
const folder = mkdtempSync(join(tmpdir(), 'device-auth-demo-'))
const command = fileURLToPath(new URL('dist/bin.mjs', import.meta.resolve('@device-auth/cli/package.json')))
const client = ['--issuer', `${origin}/oauth`, '--client-id', 'terminal', '--scope', 'profile']
// whoever starts a demo wants to see it, also where the output goes to a file
const more = ['--userinfo', `${origin}/api/me`, '--state-folder', folder, '--interactive']
const device = spawn(process.execPath, [command, 'login', ...client, ...more], { stdio: 'inherit' })
// Ctrl-C reaches both processes: wait until the device has ended
const interrupted = () => {}
process.on('SIGINT', interrupted)
const [exitCode] = await once(device, 'close')
process.off('SIGINT', interrupted)
rmSync(folder, { recursive: true, force: true })
process.exitCode = exitCode

if (process.stdout.isTTY && exitCode !== 130) {
  console.log(`\n  The server still runs, for the TV at ${origin}/tv. Ctrl-C ends it.`)
  process.once('SIGINT', () => process.exit())
} else {
  server.close()
  server.closeAllConnections()
}
