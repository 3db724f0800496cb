import { describe, expect, it } from 'vitest'
import { jsonLine, plain, plainLines } from '../../src/terminal/plain-text.ts'

const poison = '\x1b[31m\x9b5m\u202egpj\r\n\u200bexe\x07\u{e0041}'

describe('plain', () => {
  it('makes one line without control characters, and keeps ordinary text', () => {
    expect(plain(poison)).toBe('[31m5mgpj exe')
    expect(plain('Zoë 李 👩‍👧 ✔')).toBe('Zoë 李 👩👧 ✔')
    expect(plain(undefined)).toBe('undefined')
  })

  it('removes letters that are drawn as a blank, halves of surrogate pairs and private use', () => {
    expect(plain('a\u3164b\u115f\u2800c\ud800d\ue000e\u180ef')).toBe('abcdef')
  })

  it('cuts long text off', () => {
    expect(plain('a'.repeat(501))).toBe(`${'a'.repeat(500)}...`)
    expect(plain('abc', 2)).toBe('ab...')
    expect(plain('ab😀', 3)).toBe('ab...')
  })
})

it('plainLines keeps the lines', () => {
  expect(plainLines(`a${poison.replace('\r\n', '\n')}\nb`)).toBe('a[31m5mgpj\nexe\nb')
})

it('jsonLine escapes control characters, and parses to the same text', () => {
  const line = jsonLine({ name: poison, none: undefined })
  expect(JSON.parse(line)).toEqual({ name: poison })
  expect(line).toMatch(/^[\x20-\x7e]+\n$/)
})
