import { readFileSync } from 'node:fs'
import { beforeAll, describe, expect, it } from 'vitest'
import { requirements } from './requirements.ts'
import { idsOf, listTests, renderConformance, testsById } from './scripts/conformance-docs.ts'

const ids = new Set(requirements.map(({ id }) => id))

/** Test files whose ids prove nothing about this server: they are samples here, and about oidc-provider there. */
const aboutOthers = new Set(['tests/conformance-docs.test.ts', 'tests/conformance-control.test.ts'])

describe('requirement ids in test names', () => {
  it.each([
    ['8628-3.5-2 first poll answers authorization_pending', ['8628-3.5-2']],
    ['express > F-01 parallel redemptions', ['F-01']],
    ['6749-3.2-2..4 empty, unknown, repeated', ['6749-3.2-2', '6749-3.2-3', '6749-3.2-4']],
    ['8628-3.4-4, 6749-3.2.1-1: secret', ['8628-3.4-4', '6749-3.2.1-1']],
    ['9700-4.12 303', ['9700-4.12']],
    ['ext-7009-1 the device gives up', ['ext-7009-1']],
    ['OIDC-2-1, OIDCD-4-1 an issuer', ['OIDC-2-1', 'OIDCD-4-1']],
    ['poll > answers 8628-3.5-2', []],
    ['100 parallel redemptions of one code', []],
    ['F-1 is no id', []],
  ])('%s', (name, expected) => {
    expect(idsOf(name)).toEqual(expected)
  })
})

describe('all tests of this repository', () => {
  let coverage: ReturnType<typeof testsById>
  beforeAll(async () => {
    coverage = testsById((await listTests()).filter(({ file }) => !aboutOthers.has(file)))
  }, 400_000)

  it('give docs/conformance.md its content', async () => {
    expect([...coverage.keys()].filter((id) => !ids.has(id))).toEqual([])
    await expect(renderConformance(requirements, coverage)).toMatchFileSnapshot('../docs/conformance.md')
  })

  it('cover each id that docs/security/threats.md names', () => {
    const [threats = ''] = readFileSync(new URL('../docs/security/threats.md', import.meta.url), 'utf8').split(
      '## Left open',
    )
    const named = threats.match(/\b(?:F-\d\d|XD-[\d.]*\d(?:-\d+)?|\d{4}-[\d.]+-\d+)\b/g) ?? []
    expect(named.length).toBeGreaterThan(40)
    expect(named.filter((id) => !coverage.has(id))).toEqual([])
  })

  it('are for requirements with unique ids', () => {
    expect(ids.size).toBe(requirements.length)
  })
})
