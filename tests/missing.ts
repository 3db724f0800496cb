// Tests that need a program are skipped without it; tests/missing-reporter.ts lists them at the end.
import { describe, type TestContext } from 'vitest'
import { commandFor, type Program } from './installations.ts'

declare module 'vitest' {
  interface TaskMeta {
    /** The program without which this test was skipped. */
    missing?: Program
  }
}

/** In CI nothing is skipped: a missing program is an error. */
function expectSkippable(program: Program, name: string): void {
  if (process.env.CI) throw new Error(`${name}: ${program} is missing. Install it: ${commandFor([program])}`)
}

/**
 * A group of tests that need a program. Without it they fail in CI, and are skipped elsewhere, with the names they have anyway.
 *
 * @param missing the program, if it is missing
 */
export function describeWith(missing: Program | undefined, name: string, tests: () => void): void {
  if (missing === undefined) {
    describe(name, tests)
    return
  }
  expectSkippable(missing, name)
  describe.skipIf(true)(name, { meta: { missing } }, tests)
}

/** Ends a test that has found out that a program is missing: it fails in CI, and is skipped elsewhere. */
export function skipWithout({ task, skip }: Pick<TestContext, 'task' | 'skip'>, missing: Program): never {
  expectSkippable(missing, task.name)
  task.meta.missing = missing
  return skip(`${missing} is missing`)
}
