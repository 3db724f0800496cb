import { describe, test } from 'vitest'

/** A group of tests that need a server. If it is missing, they fail in CI, and are skipped elsewhere with a hint. */
export function describeWith(missing: string | undefined, name: string, tests: () => void): void {
  if (missing === undefined) describe(name, tests)
  else if (process.env.CI !== undefined) throw new Error(`${name}: ${missing}`)
  else test(`${name} needs a server: ${missing}`, ({ skip }) => skip(missing))
}
