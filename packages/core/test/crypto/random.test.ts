import { describe, expect, it } from 'vitest'
import { randomIndex, randomToken } from '../../src/crypto/random.ts'

describe('randomIndex', () => {
  it.each([1, 2, 10, 20, 36, 255, 256])('draws every number below %i, and no other', (count) => {
    const seen = new Set(Array.from({ length: 10_000 }, () => randomIndex(count)))
    expect(Math.min(...seen)).toBe(0)
    expect(Math.max(...seen)).toBe(count - 1)
    expect(seen.size).toBe(count)
  })
})

describe('randomToken', () => {
  it('uses no byte of the pool twice, with other draws in between', () => {
    const seen = new Set<string>()
    for (let draw = 0; draw < 5000; draw++) {
      const token = randomToken()
      expect(token).toMatch(/^[A-Za-z0-9_-]{43}$/)
      // windows of 5 bytes at any offset would show an overlap with another token
      const bytes = Buffer.from(token, 'base64url').toString('hex')
      for (let at = 0; at + 16 <= bytes.length; at += 2) seen.add(bytes.slice(at, at + 16))
      randomIndex(20)
    }
    expect(seen.size).toBe(5000 * 25)
  })
})
