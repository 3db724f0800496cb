// The table of what clients survive, as Markdown.
import { cells, stages } from './fault-cells.ts'
import { versionOf } from './fault-clients.ts'

/** Outcomes of one client, in the order of `cells`. */
export type Outcomes = readonly string[]

/** The heading of a client: its name, and the version that was tried. */
export function headingOf(name: string): string {
  const version = versionOf(name)
  return version === '0.0.0' ? `## ${name}` : `## ${name} ${version}`
}

const completed = (outcomes: Outcomes): number => outcomes.filter((outcome) => outcome === 'completes').length

/** One client, one row a fault. */
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

Each fault strikes once, over real HTTP on localhost, in place of one answer: of the codes, of the first poll, of a later poll while nobody
has decided, of the success; before the server did its work, and after it ("before / after" where they differ). After the fault the
server is well again, and gives a success that was lost once more, so that every sign-in here could complete. All clients are used as
their documentation says, with their defaults; the server is the one that each expects (GitHub's addresses, Entra's). A cell says
\`completes\`, the error that the client gave up with, or \`hangs\`: no end although the codes had expired.

A client that leaves repetition to its caller, as openid-client does on purpose, is not wrong: its caller can ask for codes again, and poll
again with the same codes, at a pace of his own. Callers of the other two can only begin anew, with another code for the person. MSAL is made
for Entra, which does not document slow_down.
Written by \`npm run clients:docs\`, which takes two minutes; a test repeats our part and checks the versions.`

/** The page. */
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
