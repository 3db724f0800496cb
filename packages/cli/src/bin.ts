#!/usr/bin/env node
import { type ExitCode, exitCodes } from './exit-codes.ts'
import { main } from './main.ts'

const interrupt = new AbortController()
/** Milliseconds: what is not done by then is not waited for. */
const PATIENCE = 45
let stoppedBy: ExitCode | undefined

for (const [name, exitCode] of [
  ['SIGINT', exitCodes.interrupted],
  ['SIGTERM', exitCodes.terminated],
] as const) {
  // a second one ends at once
  process.once(name, () => {
    setTimeout(() => process.exit(exitCode), PATIENCE).unref()
    stoppedBy = exitCode
    interrupt.abort()
  })
}
// whoever reads may leave: `device-auth list | head -1`
process.stdout.on('error', () => process.exit(exitCodes.ok))

const { env, platform, stdin, stdout, stderr } = process
const ended = await main(process.argv.slice(2), { env, platform, stdin, stdout, stderr, signal: interrupt.signal })
process.exitCode = ended === exitCodes.interrupted ? stoppedBy : ended
