import { diagnose, type ExaminedServer } from '../doctor/diagnosis.ts'
import type { Finding } from '../doctor/finding.ts'
import { CliError } from '../errors.ts'
import { exitCodes } from '../exit-codes.ts'
import { type ServerOptions, scopeOf } from '../options.ts'
import { findSaved } from '../saved/sign-ins.ts'
import { tokenStore } from '../saved/token-store.ts'
import { connect } from '../server/connection.ts'
import { issuerOf } from '../server/issuer.ts'
import { jsonLine, plain } from '../terminal/plain-text.ts'
import { Screen } from '../terminal/screen.ts'
import type { Surroundings } from '../terminal/surroundings.ts'

/** `doctor`: checks the metadata and the answers of a server against the RFCs. */
export async function doctor(options: ServerOptions, surroundings: Surroundings): Promise<void> {
  const { stdout, stderr } = surroundings
  const server = await serverOf(options, surroundings)
  const connection = await connect(server.issuer, options, surroundings, new Screen(stderr, surroundings))
  const screen = new Screen(stdout, surroundings)
  const counts = { ok: 0, warning: 0, problem: 0 }
  for await (const finding of diagnose({ ...server, connection })) {
    counts[finding.level]++
    if (options.json) stdout.write(jsonLine({ type: 'finding', ...finding }))
    else screen.line(lineOf(finding, screen))
  }
  const summary = `${plural(counts.problem, 'problem')}, ${plural(counts.warning, 'warning')}.`
  if (counts.problem > 0) throw new CliError(exitCodes.problems, summary, { error: 'problems' })
  stderr.write(`${summary}\n`)
}

/** The server and the client that the options name or, without `--issuer`, those of the only saved sign-in that matches. */
async function serverOf(
  options: ServerOptions,
  surroundings: Surroundings,
): Promise<Omit<ExaminedServer, 'connection'>> {
  const issuer = issuerOf(options)
  if (issuer !== undefined) return { issuer, clientId: options.clientId, scope: scopeOf(options) }
  const { owner } = await findSaved(options, tokenStore(options, surroundings))
  return { issuer: owner.issuer, clientId: owner.clientId, scope: owner.scope || undefined }
}

const colors = { ok: 'green', warning: 'yellow', problem: 'red' } as const

function lineOf({ level, text, reference }: Finding, screen: Screen): string {
  const section = reference === undefined ? '' : screen.paint('dim', ` (${reference})`)
  return `${screen.paint(colors[level], level.padEnd(8))} ${plain(text, 5000)}${section}`
}

function plural(count: number, word: string): string {
  return `${count === 0 ? 'no' : count} ${word}${count === 1 ? '' : 's'}`
}
