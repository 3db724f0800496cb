import { describe, test } from 'vitest'

/** Tests that need a server: where it is missing, they fail in CI and say elsewhere what to install. */
export function describeWith(missing: string | undefined, name: string, tests: () => void): void {
  if (missing === undefined) describe(name, tests)
  else if (process.env.CI !== undefined) throw new Error(`${name}: ${missing}`)
  else test(`${name} needs a server: ${missing}`, ({ skip }) => skip(missing))
}
