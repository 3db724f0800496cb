import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { Requirement } from '../requirements.ts'

/** A test as list-tests.mjs prints it. */
export interface ListedTest {
  /** The names of its suites and its own, joined by ` > `. */
  readonly name: string
  /** The path from the root of the repository. */
  readonly file: string
}

const root = fileURLToPath(new URL('../..', import.meta.url))
const idPattern = String.raw`(?:(?:ext-)?\d{4}|OIDCD?)-\d[\d.]*(?:-\d+(?:\.\.\d+)?)?|F-\d\d(?:\.\.\d\d)?|XD-[\d.]+(?:-\d+)?`
const leadingIds = new RegExp(`^(?:${idPattern})(?:[ ,/+&]+(?:and )?(?:${idPattern}))*(?=[ :,(]|$)`)
const range = /^(.*?)(\d+)\.\.(\d+)$/

/** The ids of a range: three for `6749-3.2-2..4`. */
function expand(id: string): readonly string[] {
  const match = range.exec(id)
  if (match === null) return [id]
  const [, prefix = '', from = '', to = ''] = match
  const count = Number(to) - Number(from) + 1
  return Array.from({ length: count }, (_, index) => prefix + String(Number(from) + index).padStart(from.length, '0'))
}

/** The ids at the beginning of the name of a test or of one of its suites. */
export function idsOf(name: string): readonly string[] {
  return name.split(' > ').flatMap((part) => {
    const ids = leadingIds.exec(part)?.[0].match(new RegExp(idPattern, 'g')) ?? []
    return ids.flatMap(expand)
  })
}

/** Lists every test of the repository without running it: also those that are skipped on this machine. */
export async function listTests(): Promise<readonly ListedTest[]> {
  // the inner run must not inherit the worker settings of the outer one
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('VITEST')))
  const script = fileURLToPath(new URL('list-tests.mjs', import.meta.url))
  const { stdout } = await promisify(execFile)(process.execPath, [script], {
    cwd: root,
    env: { ...env, NODE_ENV: 'test' },
    maxBuffer: 64 * 1024 * 1024,
  })
  return JSON.parse(stdout.slice(stdout.lastIndexOf('\n[') + 1))
}

/** The tests of each id. */
export function testsById(tests: readonly ListedTest[]): ReadonlyMap<string, readonly ListedTest[]> {
  const found = new Map<string, ListedTest[]>()
  for (const test of tests) {
    for (const id of new Set(idsOf(test.name))) found.set(id, [...(found.get(id) ?? []), test])
  }
  return found
}

type Coverage = ReadonlyMap<string, readonly ListedTest[]>
type Status = 'covered' | 'not applicable' | 'open'

function statusOf({ id, notApplicable }: Requirement, coverage: Coverage): Status {
  if (coverage.has(id)) return 'covered'
  return notApplicable === undefined ? 'open' : 'not applicable'
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('<', '&lt;')
}

function statusText(requirement: Requirement, coverage: Coverage): string {
  const status = statusOf(requirement, coverage)
  if (status === 'not applicable') return `not applicable: ${requirement.notApplicable}`
  if (status === 'open') return requirement.note === undefined ? '**open**' : `**open** (${requirement.note})`
  const files = [...new Set(coverage.get(requirement.id)?.map(({ file }) => file))].sort()
  return `covered: ${files.map((file) => `[${file.replace(/^.*\//, '')}](../${file})`).join(', ')}`
}

function row(requirement: Requirement, coverage: Coverage): string {
  const { id, level, binds } = requirement
  const cells = [id, level, binds.join(', '), cell(requirement.requirement), statusText(requirement, coverage)]
  return `| ${cells.join(' | ')} |`
}

function count(list: readonly Requirement[], coverage: Coverage): string {
  const of = (status: Status): number => list.filter((requirement) => statusOf(requirement, coverage) === status).length
  return `${of('covered')} covered, ${of('not applicable')} not applicable, ${of('open')} open`
}

function section(source: string, list: readonly Requirement[], coverage: Coverage): string {
  const table = list.map((requirement) => row(requirement, coverage)).join('\n')
  return `## ${source}\n\n${count(list, coverage)}.\n\n| id | level | binds | requirement | status |\n|---|---|---|---|---|\n${table}\n`
}

/** The text of docs/conformance.md. */
export function renderConformance(requirements: readonly Requirement[], coverage: Coverage): string {
  const sources = [...new Set(requirements.map(({ source }) => source))]
  const sections = sources.map((source) =>
    section(
      source,
      requirements.filter((requirement) => requirement.source === source),
      coverage,
    ),
  )
  return `# Conformance

The requirements of the standards for a device sign-in server, the faults that such a server can have, and the tests that cover
each of them. A row is covered if the name of a test begins with its id. An id has the section of the standard and a count.

This page is generated from the tests (\`npm run conformance:docs\`); a test fails if it is out of date.

In total: ${count(requirements, coverage)}.

${sections.join('\n')}`
}
