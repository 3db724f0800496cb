import type { Entry, History, Operation } from './history.ts'
import { grantIdOf } from './rules/facts.ts'
import type { Broken } from './rules.ts'

/** The most lines of one timeline. The middle of a longer one is left out. */
const LINES = 80

/** Milliseconds before the break from which failures of nodes are shown. */
const FAILURES = 15_000

/** A timeline of one break: all that the user and the device did, the events of the sign-in, and the faults of that time. */
export function timeline(history: History, broken: Broken): string {
  const { rule, at, user, text } = broken
  const own = history.entries.filter((entry) => entry.kind === 'operation' && entry.user === user)
  const from = Math.min(at, ...own.map((entry) => entry.at)) - 2000
  const shown = history.entries.filter((entry) => belongs(entry, broken, from)).sort((a, b) => a.at - b.at)
  const head = [
    `${rule.id}: ${rule.sentence}`,
    `promised by ${rule.promisedBy}`,
    `broken at ${seconds(at)} by ${user === undefined ? 'a node' : `user ${user}`}: ${text}`,
  ]
  return [...head, '', ...shorten(shown.map((entry) => line(entry, at))), ''].join('\n')
}

function belongs(entry: Entry, { at, user, code }: Broken, from: number): boolean {
  if (entry.at > at + 5000 || (entry.kind === 'fault' ? entry.ended : entry.at) < from) return false
  if (entry.kind === 'fault') return true
  if (entry.kind === 'operation') return entry.user === user
  if (entry.grantId !== undefined) return code !== undefined && entry.grantId === grantIdOf(code)
  return entry.name === 'crashed' || (entry.name === 'failed' && entry.at > at - FAILURES)
}

function shorten(lines: readonly string[]): readonly string[] {
  if (lines.length <= LINES) return lines
  const half = LINES / 2
  return [...lines.slice(0, half), `  … ${lines.length - LINES} lines are left out …`, ...lines.slice(-half)]
}

function line(entry: Entry, brokenAt: number): string {
  const mark = entry.at === brokenAt && entry.kind !== 'fault' ? '>' : ' '
  if (entry.kind === 'fault') {
    const problem = entry.problem === undefined ? '' : ` (${entry.problem})`
    return `${mark} ${seconds(entry.at)} FAULT ${entry.fault}: ${entry.target}, mended at ${seconds(entry.ended)}${problem}`
  }
  if (entry.kind === 'event') return `${mark} ${seconds(entry.at)} node ${entry.node} event ${entry.name} ${entry.text}`
  const { at, ended, node, step, given, note } = entry
  const sent = given === undefined ? '' : ` ${short(given)}`
  const remark = note === undefined ? '' : ` [${note}]`
  return `${mark} ${seconds(at)} node ${node} ${step}${sent}${remark} -> ${answerOf(entry)} (${ended - at} ms)`
}

function answerOf({ status, answer }: Operation): string {
  if (status === 0) return 'no answer'
  const parts = Object.entries(answer).map(
    ([name, value]) => `${name}=${typeof value === 'string' ? short(value) : value}`,
  )
  return [String(status), ...parts].join(' ')
}

/** The beginning of a token is the same for its family: the end tells tokens apart. */
function short(text: string): string {
  return text.length <= 24 ? text : `${text.slice(0, 4)}…${text.slice(-6)}`
}

function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(3).padStart(9)} s`
}
