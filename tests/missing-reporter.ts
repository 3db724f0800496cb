import type { Reporter, TestModule } from 'vitest/node'
import { commandFor, type Program } from './installations.ts'

/** Counts the skipped tests by the program that they miss. */
export function countMissing(tests: Iterable<{ readonly missing?: Program }>): ReadonlyMap<Program, number> {
  const counts = new Map<Program, number>()
  for (const { missing } of tests) if (missing !== undefined) counts.set(missing, (counts.get(missing) ?? 0) + 1)
  return counts
}

/** The end of a test run: what was skipped, how many tests, and the command that installs what they need. */
export function missingText(counts: ReadonlyMap<Program, number>): string {
  if (counts.size === 0) return ''
  const width = Math.max(...[...counts.keys()].map((program) => program.length))
  const lines = [...counts].map(
    ([program, count]) => `  ${program.padEnd(width)}  ${count} ${count === 1 ? 'test' : 'tests'}`,
  )
  return `
Skipped, because these programs are missing:
${lines.join('\n')}
To run these tests too:
  ${commandFor([...counts.keys()])}
`
}

/** Prints at the end of a test run what was skipped because a program is missing. */
export class MissingReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const skipped = modules.flatMap((module) => [...module.children.allTests('skipped')].map((test) => test.meta()))
    process.stdout.write(missingText(countMissing(skipped)))
  }
}
