import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { foreignText } from '../src/foreign-text.ts'

const shown = (text: string): string => foreignText(text, 100)

describe('F-48 a text of others', () => {
  it.each([
    ['bidi controls', '\u202egnp.exe\u2066\u200f\u061c', 'gnp.exe'],
    ['zero-width and control characters', 'a\u200b\u0000\ufeffb\u2028', 'ab'],
    ['fillers, which have no look of their own', '\u3164\u115f\uffa0\u2800\u034f', ''],
    ['private characters', 'a\uf8ffb', 'ab'],
    ['half of a character', '\ud83dx\ude00', 'x'],
    ['wide and many spaces', '  a\u3000\u2003 b\u00a0', 'a b'],
    ['marks beyond the second', `a${'\u0301'.repeat(50)}`, 'á\u0301'],
    ['marks of different kinds', 'Z\u0338\u0321\u0322\u0301o', 'Z\u0338\u0321o'],
    ['marks that tower in Thai', `ก${'\u0e47'.repeat(30)}`, 'ก\u0e47\u0e47'],
    ['marks on nothing', '\u0301\u0302x \u0301\u0302 y', 'x y'],
    ['enclosing marks', 'a\u20dd', 'a'],
    ['letters in another style', '𝐁𝐚𝐧𝐤 Ｔｏｐ', 'Bank Top'],
    ['Cyrillic letters in a Latin word', 'Bаnk РауРаl', 'B\ufffdnk \ufffd\ufffd\ufffd\ufffd\ufffdl'],
    ['Greek letters in a Latin word', 'Gοοgle', 'G\ufffd\ufffdgle'],
    ['a look-alike that has a mark', 'Cаfе\u0301 bаnk', 'C\ufffdf\ufffd\u0301 b\ufffdnk'],
  ])('loses %s', (_name, text, expected) => {
    expect(shown(text)).toBe(expected)
  })

  it.each([
    ['Sitting-room TV (55″)', 'Küche', 'Tiếng Việt', 'Вера', 'TVприставка', 'Смарт-TV', 'Ωmega', 'α7 III'],
    ['ที่นี่', 'क्षितिज', 'שָׁלוֹם', 'مُحَمَّد', 'リビングのテレビ', '客廳的電視', '한국어', '😀🇩🇪👍🏽', '50% & <b> "x"'],
  ])('stays what it is: %s, %s and others', (...texts) => {
    for (const text of texts) expect(shown(text)).toBe(text.normalize('NFC'))
  })

  it('is cut, and never inside a character, even if it grows', () => {
    expect(shown('x'.repeat(1000))).toBe('x'.repeat(100))
    expect(shown(`${'x'.repeat(99)}😀`)).toBe('x'.repeat(99))
    expect(shown('\ufdfa'.repeat(100))).toHaveLength(100)
  })

  it('is bounded, whatever it is, and does not change when it is read again', () => {
    const mark = fc.constantFrom('\u0301', '\u0e47', '\u064b', 'a', 'а', ' ', '\u200d', '\ufe0f', '가')
    const any = fc.oneof(fc.string({ unit: 'binary', maxLength: 300 }), fc.string({ unit: mark, maxLength: 300 }))
    fc.assert(
      fc.property(any, (text) => {
        const once = shown(text)
        expect(once.length).toBeLessThanOrEqual(100)
        expect(once.normalize('NFD')).not.toMatch(/\p{M}{3}|[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}]/u)
        expect(shown(once)).toBe(once)
      }),
      { numRuns: 2000 },
    )
  })

  it('F-59 takes no long time, even if it is long and bad', () => {
    // the time of the processor: other processes do not count
    const before = process.cpuUsage()
    for (const part of ['\u0301', ' \u0301', 'aа', '\u202e', ' ']) foreignText(part.repeat(500_000), 1_000_000)
    expect(process.cpuUsage(before).user).toBeLessThan(5_000_000)
  })
})
