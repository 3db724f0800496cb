import { describe, expect, it } from 'vitest'
import { commandFor } from './installations.ts'
import { countMissing, missingText } from './missing-reporter.ts'

describe('the end of a test run', () => {
  it('is empty if nothing was skipped', () => {
    expect(missingText(countMissing([{}, {}]))).toBe('')
  })

  it('lists the missing programs with the number of skipped tests, and one command that installs them', () => {
    const counts = countMissing([
      { missing: 'Redis' },
      { missing: 'Deno' },
      {},
      { missing: 'Redis' },
      { missing: 'Bun' },
    ])
    expect(missingText(counts)).toBe(`
Skipped, because these programs are missing:
  Redis  2 tests
  Deno   1 test
  Bun    1 test
To run these tests too:
  sudo apt-get install --yes redis-server && npm run runtimes
`)
  })

  it('installs a compiler for better-sqlite3 before npm builds it', () => {
    expect(commandFor(['tmux', 'better-sqlite3'])).toBe(
      'sudo apt-get install --yes tmux build-essential python3 && npm install',
    )
  })
})
