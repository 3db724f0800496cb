import { groupBy } from './group.ts'
import type { History } from './history.ts'
import type { Broken } from './rules.ts'

/** The numbers of a run: operations, faults, and the breaks by rule. */
export function summary({ entries, ended }: History, broken: readonly Broken[]): string {
  const operations = entries.filter((entry) => entry.kind === 'operation')
  const faults = entries.filter((entry) => entry.kind === 'fault')
  const failed = faults.filter(({ problem }) => problem !== undefined)
  const lines = [
    `${operations.length} operations in ${Math.round(ended / 1000)} s`,
    `  by step: ${counts(operations, ({ step }) => step)}`,
    `  by status: ${counts(operations, ({ status }) => (status === 0 ? 'no answer' : String(status)))}`,
    `${faults.length} faults: ${counts(faults, ({ fault }) => fault)}`,
    ...failed.map(({ fault, problem }) => `  could not be made or mended: ${fault}: ${problem}`),
    broken.length === 0 ? 'every rule holds' : `${broken.length} breaks: ${counts(broken, ({ rule }) => rule.id)}`,
  ]
  return lines.join('\n')
}

function counts<T>(all: readonly T[], nameOf: (one: T) => string): string {
  const found = [...groupBy(all, nameOf)].map(([name, some]) => `${name} ${some.length}`)
  return found.sort().join(', ')
}
