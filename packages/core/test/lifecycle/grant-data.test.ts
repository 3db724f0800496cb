import { describe, expect, it } from 'vitest'
import { checkGrantData } from '../../src/lifecycle/grant-data.ts'

const cyclic: Record<string, unknown> = {}
cyclic.list = [cyclic]

function nested(levels: number): Record<string, unknown> {
  let value: Record<string, unknown> = {}
  for (let level = 1; level < levels; level++) value = { value }
  return value
}

class Workspace {
  readonly id = 1
}

describe('checkGrantData', () => {
  it.each([
    {},
    { workspace: 'w 1', nested: { tenant: null, flags: [true, false, 0, -1.5] } },
    { text: '\0 \ud800 ü €', __proto__x: 1 },
    JSON.parse('{"__proto__":{"admin":true}}'),
    nested(32),
    Object.assign(Object.create(null), { tenant: 't' }),
    { full: 'x'.repeat(4096 - '{"full":""}'.length) },
  ])('takes %j as it is', (data) => {
    expect(JSON.stringify(checkGrantData('approve()', data))).toBe(JSON.stringify(data))
    expect(Object.getPrototypeOf(checkGrantData('approve()', data))).toBe(Object.prototype)
  })

  it.each([undefined, null])('%s is no data', (data) => {
    expect(checkGrantData('approve()', data)).toBeUndefined()
  })

  it('copies, and leaves out members that are undefined', () => {
    const given = { list: [1], none: undefined }
    const data = checkGrantData('approve()', given)
    given.list.push(2)
    expect(data).toEqual({ list: [1] })
    expect(Object.keys(data ?? {})).toEqual(['list'])
  })

  it.each<[unknown, string]>([
    ['workspace', '`data` is a string'],
    [5, '`data` is 5'],
    [[{}], '`data` is a list'],
    [() => ({}), '`data` is a function'],
    [new Workspace(), '`data` is an object of a class'],
    [new Map(), '`data` is an object of a class'],
    [{ a: { since: new Date(0) } }, '`data.a.since` is an object of a class'],
    [{ a: [1, Number.NaN] }, '`data.a[1]` is NaN'],
    [{ a: Number.POSITIVE_INFINITY }, '`data.a` is Infinity'],
    [{ a: 1n }, '`data.a` is a bigint'],
    [{ a: Symbol('s') }, '`data.a` is a symbol'],
    [{ a: [undefined] }, '`data.a[0]` is undefined'],
    [{ a: new Array(2) }, '`data.a` is a list with gaps'],
    [{ toJSON: () => 'other' }, '`data.toJSON` is a function'],
    [cyclic, '`data` is cyclic, or has too many levels'],
    [nested(33), '`data` is cyclic, or has too many levels'],
    [nested(100_000), '`data` is cyclic, or has too many levels'],
    [{ full: 'x'.repeat(4097 - '{"full":""}'.length) }, '`data` has 4097 bytes as JSON'],
    [{ full: 'ü'.repeat(2048) }, '`data` has 4107 bytes as JSON'],
  ])('refuses what JSON would change, or what is too much: case %#', (data, fault) => {
    expect(() => checkGrantData('approve()', data)).toThrow(
      new TypeError(
        `Device Auth: approve() gave a wrong \`data\`: ${fault}. Give a plain object of texts, finite numbers, true, false, null, lists and plain objects, with at most 4096 bytes as JSON and 32 levels.`,
      ),
    )
  })
})
