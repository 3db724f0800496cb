import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { deriveKey, deriveKeyFast, seal, unseal } from '../../src/crypto/seal.ts'
import { openHandle, sealHandle } from '../../src/verification/form-handle.ts'

const key = deriveKey('a secret of at least 32 characters', 'handle')

describe('seal', () => {
  it('opens a text that it sealed, and no other', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        expect(unseal(key, seal(key, text))).toBe(text)
        expect(unseal(key, text)).toBeUndefined()
      }),
    )
  })

  it('gives another sealed text each time', () => {
    // so long that no sealed text contains it by chance
    const plain = 'a-text-that-is-sealed'
    const sealed = Array.from({ length: 100 }, () => seal(key, plain))
    expect(new Set(sealed).size).toBe(100)
    expect(sealed.every((text) => /^[\w-]+$/.test(text) && !text.includes(plain))).toBe(true)
  })

  it('F-19 with one bit changed, at any place, nothing is opened', () => {
    const sealed = Buffer.from(seal(key, '{"kind":"enter"}'), 'base64url')
    for (let bit = 0; bit < sealed.length * 8; bit++) {
      const changed = Buffer.from(sealed)
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      expect(unseal(key, changed.toString('base64url'))).toBeUndefined()
    }
  })

  it('F-19 a shortened, lengthened or doubled text is not opened', () => {
    const sealed = seal(key, 'text')
    for (let length = 0; length < sealed.length; length++) expect(unseal(key, sealed.slice(0, length))).toBeUndefined()
    for (const text of [`${sealed}A`, `${sealed}AAAA`, sealed + sealed]) expect(unseal(key, text)).toBeUndefined()
  })

  it('a sealed text has one spelling', () => {
    const sealed = seal(key, 'text')
    for (const text of [`${sealed}=`, `${sealed}!`, ` ${sealed}`, `${sealed.slice(0, 9)}.${sealed.slice(9)}`]) {
      expect(unseal(key, text)).toBeUndefined()
    }
    let dashed = seal(key, 'text')
    while (!dashed.includes('-')) dashed = seal(key, 'text')
    expect(unseal(key, dashed.replaceAll('-', '+'))).toBeUndefined()
  })

  it('a key does not open texts of another purpose or another secret', () => {
    const sealed = seal(key, 'text')
    expect(deriveKey('one', 'handle')).toHaveLength(32)
    expect(deriveKey('one', 'handle')).toEqual(deriveKey('one', 'handle'))
    expect(unseal(deriveKey('a secret of at least 32 characters', 'response'), sealed)).toBeUndefined()
    expect(unseal(deriveKey('another secret of 32 characters!!!', 'handle'), sealed)).toBeUndefined()
  })
})

describe('a handle', () => {
  const content = { kind: 'confirm', subject: 'alice', id: 'id', userCode: 'BCDFGHJK', shownAt: 0 } as const
  const other = deriveKey('another secret of 32 characters!!!', 'handle')
  const contextOf = (...handleKeys: [Buffer, ...Buffer[]]) => ({ handleKeys, fail: vi.fn() })

  it('F-19 is opened as the kind that was sealed; another text is not a handle', () => {
    const context = contextOf(key)
    expect(openHandle(context, sealHandle([key], content))).toEqual(content)
    for (const text of [undefined, '', 'x', JSON.stringify(content)]) expect(openHandle(context, text)).toBeUndefined()
    expect(context.fail).not.toHaveBeenCalled()
  })

  it('is opened by a key of a previous secret, and not by the key of another', () => {
    const handle = sealHandle([other, key], content)
    expect(openHandle(contextOf(key, other), handle)).toEqual(content)
    // the id of a known key in front of what another key has sealed
    const id = sealHandle([key], content).slice(0, 6)
    expect(openHandle(contextOf(key, other), id + handle.slice(6))).toBeUndefined()
  })

  it('of an unknown key is reported once, because another process may have another secret', () => {
    const context = contextOf(key)
    for (let attempt = 0; attempt < 3; attempt++)
      expect(openHandle(context, sealHandle([other], content))).toBeUndefined()
    expect(context.fail).toHaveBeenCalledTimes(1)
    expect(String(context.fail.mock.calls[0]?.[1])).toContain('list of secrets')
  })
})

describe('deriveKeyFast', () => {
  it('is the SHA-256 of a counter of four bytes, the secret and the purpose, as NIST SP 800-56C section 4.1 says', () => {
    const expected = createHash('sha256')
      .update(Buffer.from([0, 0, 0, 1]))
      .update('code')
      .update('device-auth answer')
    expect(deriveKeyFast('code', 'answer')).toEqual(expected.digest())
  })

  it('another secret or purpose gives another key, and the key is not the hash by which stores know the secret', () => {
    const keys = [deriveKeyFast('one', 'a'), deriveKeyFast('two', 'a'), deriveKeyFast('one', 'b')]
    const known = createHash('sha256').update('one').digest()
    expect(new Set([...keys, known].map((one) => one.toString('hex')))).toHaveProperty('size', 4)
  })
})
