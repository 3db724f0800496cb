import { describe, expect, it } from 'vitest'
import { parseObject, repeatedMembers } from '../src/json.ts'

describe('repeatedMembers', () => {
  it.each([
    ['{"a":1,"b":2}', []],
    ['{"a":1,"a":2}', ['a']],
    ['{"a":1,"\\u0061":2}', ['a']],
    ['{"a":{"a":1},"b":[{"a":1},{"a":2}]}', []],
    ['{"a":{"b":1,"b":2}}', ['b']],
    ['{"a":"\\"a\\":1,","b":"}{"}', []],
    ['["a","a"]', []],
  ])('%s', (text, expected) => {
    expect(repeatedMembers(text)).toEqual(expected)
  })

  it('parseObject takes objects only', () => {
    expect(parseObject('{"a":1}')).toEqual({ a: 1 })
    for (const text of ['[]', 'null', '1', '{', '']) expect(parseObject(text)).toBeUndefined()
  })
})
