// Renders the table of faults and clients as Markdown.
import { cells, stages } from './fault-cells.ts'
import { versionOf } from './fault-clients.ts'

/** Outcomes of one client, in the order of `cells`. */
export type Outcomes = readonly string[]

/** The heading of a client: its name and version. */
export function headingOf(name: string): string {
  const version = versionOf(name)
  return version === '0.0.0' ? `## ${name}` : `## ${name} ${version}`
}

const completed = (outcomes: Outcomes): number => outcomes.filter((outcome) => outcome === 'completes').length

/** The section of one client, with a row for each fault. */
export function renderClient(name: string, outcomes: Outcomes): string {
  const faults = [...new Set(cells.map(({ fault }) => fault))]
  const rows = faults.map((fault) => {
    const columns = stages.map((stage) => {
      const both = outcomes.filter((_, index) => cells[index]?.fault === fault && cells[index]?.stage === stage)
      return [...new Set(both)].map(shown).join(' / ')
    })
    return `| ${[fault, ...columns].join(' | ')} |`
  })
  const head = [`| fault | ${stages.join(' | ')} |`, `| --- |${' --- |'.repeat(stages.length)}`]
  const count = `The sign-in completes in ${completed(outcomes)} of ${outcomes.length} cells.`
  return [headingOf(name), '', count, '', ...head, ...rows].join('\n')
}

function shown(outcome: string): string {
  if (outcome === 'completes' || outcome === 'hangs') return outcome
  return `\`${outcome.replace(/[|`\n]/g, ' ')}\``
}

const introduction = `# What clients of the device grant survive

Each fault strikes once, over real HTTP on localhost. It replaces one answer: the codes, the answer to the first poll, the answer to a later
poll before the user decides, or the tokens. It strikes before or after the server did its work ("before / after" if the results
differ). After the fault the server works normally and repeats a success that was lost, so every sign-in could complete. All clients are
used as their documentation says, with their defaults, against the server that each of them expects (the addresses of GitHub or Entra).
A cell says \`completes\`, or the error with which the client gave up, or \`hangs\`: the client had not ended when the codes had expired.

A client that leaves retries to its caller, as openid-client does on purpose, is not wrong: its caller can request codes again, and can
poll again with the same codes at its own pace. Callers of the other two clients can only start again, with a new code for the user. MSAL is
made for Entra, which does not document slow_down.
Written by \`npm run clients:docs\`, which takes two minutes; a test repeats our part and checks the versions.`

/** The whole page docs/clients.md. */
export function renderPage(all: ReadonlyMap<string, Outcomes>): string {
  const summary = [...all].map(([name, outcomes]) => {
    const share = `${completed(outcomes)} of ${outcomes.length}`
    const hanging = outcomes.filter((outcome) => outcome === 'hangs').length
    return `| ${headingOf(name).slice(3)} | ${share} | ${hanging} |`
  })
  const table = ['| client | completes | hangs |', '| --- | --- | --- |', ...summary].join('\n')
  const clients = [...all].map(([name, outcomes]) => renderClient(name, outcomes))
  return `${[introduction, table, ...clients].join('\n\n')}\n`
}
