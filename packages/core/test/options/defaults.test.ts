import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { withDefaults } from '../../src/options/defaults.ts'

const given = { issuer: 'https://as.example', clients: [] }
const source = ['options', 'paths', 'limits']
  .map((name) => readFileSync(new URL(`../../src/contract/${name}.ts`, import.meta.url), 'utf8'))
  .join('\n')

/** The text behind `@default` of each member of an interface of these files. */
function documentedDefaults(name: string): readonly (readonly [member: string, text: string])[] {
  const body = new RegExp(`^export interface ${name}\\b[^{]*{\\n(.*?)^}`, 'ms').exec(source)?.[1]
  if (body === undefined) throw new Error(`No file has the interface ${name}.`)
  const members = body.matchAll(/\/\*\*((?:(?!\*\/).)*)\*\/\s*readonly (\w+)\??:/gs)
  return [...members].map(([, comment = '', member = '']) => [member, /@default (.*)/.exec(comment)?.[1] ?? ''])
}

const limits = documentedDefaults('Limits')

/** The numbers of a default: the usual one, and the one under another setting. */
function numbersOf(text: string): readonly number[] {
  return [...text.replace(/^60 % of `pending`: /, '').matchAll(/\b\d+\b/g)].map(([digits]) => Number(digits))
}

test('each limit has a documented default', () => {
  expect(limits.map(([name]) => name).sort()).toEqual(Object.keys(withDefaults(given).limits).sort())
})

test.each(limits)('the documented default of limits.%s is that of the code: %s', (name, text) => {
  const [usual, other] = numbersOf(text)
  const changed = text.includes('digital codes')
    ? { userCode: { type: 'digital' as const } }
    : { risk: 'high' as const }
  expect(withDefaults(given).limits).toHaveProperty(name, usual)
  if (/, or \d+ with/.test(text)) expect(withDefaults({ ...given, ...changed }).limits).toHaveProperty(name, other)
})

test.each(
  ['DeviceAuthOptions', 'Paths', 'LongPolling']
    .flatMap(documentedDefaults)
    .filter(([, text]) => /^(\d|'|true)/.test(text)),
)('the documented default of %s is that of the code: %s', (name, text) => {
  const resolved = withDefaults(given)
  const value = /^\d+|^'[^']*'|^true/.exec(text)?.[0].replaceAll("'", '') ?? ''
  expect(String(Reflect.get({ ...resolved, ...resolved.paths, ...resolved.longPolling }, name))).toBe(value)
})
