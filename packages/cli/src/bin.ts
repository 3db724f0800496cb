#!/usr/bin/env node
import { type ExitCode, exitCodes } from './exit-codes.ts'
import { main } from './main.ts'
import { fileFault } from './saved/state-folder.ts'

const interrupt = new AbortController()
let signalExitCode: ExitCode | undefined

for (const [name, exitCode] of [
  ['SIGINT', exitCodes.interrupted],
  ['SIGTERM', exitCodes.terminated],
  ['SIGHUP', exitCodes.hungUp],
] as const) {
  // once: a second signal meets no listener and ends the process at once
  process.once(name, () => {
    signalExitCode = exitCode
    interrupt.abort()
  })
}
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  // the reader of a pipe may close it early, as in `device-auth login --json | head -1`: the sign-in may still be approved
  if (error.code === 'EPIPE') return
  // a script must not take a token that was not written for an empty one
  process.stderr.write(`The output cannot be written: ${fileFault(error)}.\n`)
  process.exit(exitCodes.failed)
})
// the terminal, or the reader of the messages, may go away likewise
for (const stream of [process.stderr, process.stdin]) stream.on('error', () => {})

const { env, platform, stdin, stdout, stderr } = process
const { signal } = interrupt
const exitCode = await main(process.argv.slice(2), { env, platform, stdin, stdout, stderr, signal, uncut: new Set() })
process.exitCode = exitCode === exitCodes.interrupted ? signalExitCode : exitCode
// a request of the command may still be open; the short wait lets the last message reach a pipe
if (interrupt.signal.aborted) setTimeout(() => process.exit(), 5).unref()
