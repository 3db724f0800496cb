import { createHmac } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { createUserCodes, lookAlikesIn, userCodeShape } from '../../src/codes/user-codes.ts'
import { wordFinder } from '../../src/codes/words.ts'
import type { UserCodeShape } from '../../src/contract/codes.ts'
import { randomIndex, randomToken } from '../../src/crypto/random.ts'
import { hashSecret } from '../../src/crypto/secrets.ts'
import { createTestServer } from '../server.ts'

const key = Buffer.alloc(32, 1)
const draws = 100_000
const string = userCodeShape({ type: 'string' })
const digital = userCodeShape({ type: 'digital' })

/** Pearson's statistic: compares how often each character was drawn with a uniform distribution. */
function chiSquare(counts: ReadonlyMap<string, number>, categories: number): number {
  const total = [...counts.values()].reduce((sum, count) => sum + count, 0)
  const expected = total / categories
  const seen = [...counts.values()].reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0)
  return seen + (categories - counts.size) * expected
}

/**
 * The value that a uniform draw exceeds with odds of less than 10^-11 (Wilson and Hilferty's approximation, 6.8 sigma): the 73 values of
 * this file together fail less than once in 10^9 runs.
 */
function limit(categories: number): number {
  const freedom = categories - 1
  return freedom * (1 - 2 / (9 * freedom) + 6.8 * Math.sqrt(2 / (9 * freedom))) ** 3
}

function count(texts: Iterable<string>): Map<string, number> {
  const counts = new Map<string, number>()
  for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1)
  return counts
}

describe('drawing', () => {
  const shapes: [string, UserCodeShape, RegExp][] = [
    ['string', string, /^[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}$/],
    ['digital', digital, /^\d{3}-\d{3}-\d{3}$/],
    [
      'of its own',
      { charset: 'ACDEFHJKMNPRTUVWXY34679', mask: '***** *****' },
      /^[ACDEFHJKMNPRTUVWXY34679]{5} [ACDEFHJKMNPRTUVWXY34679]{5}$/,
    ],
  ]

  it('reads the digits of other scripts', () => {
    const codes = createUserCodes(digital, [key])
    for (const zero of ['٠', '۰', '०', '০', '๐', '០', '０']) {
      const typed = [...'123456789'].map((digit) => String.fromCodePoint((zero.codePointAt(0) ?? 0) + Number(digit)))
      expect(codes.normalize(typed.join('')), zero).toBe('123456789')
    }
    // Arabic keyboards give the digits in the order in which they are read
    expect(codes.normalize('٠١٢-٣٤٥-٦٧٨')).toBe('012345678')
  })

  it('reads Cyrillic and Greek letters that look like those of the code', () => {
    const codes = createUserCodes(string, [key])
    expect(codes.normalize('ВСНК-МРТХ')).toBe('BCHKMPTX')
    expect(codes.normalize('вснк-мртх')).toBe('BCHKMPTX')
    expect(codes.normalize('ΒΖΗΚ-ΜΝΡΤ')).toBe('BZHKMNPT')
    // letters that look like none of the code's are left out, as all other characters are
    expect(codes.normalize('ЖЩЯЮ-ВСНК')).toBeUndefined()
  })

  it('reads the code in a pasted address', () => {
    const codes = createUserCodes(string, [key])
    expect(codes.normalize('https://example.com/oauth/device?user_code=WDJB-MJHT')).toBe('WDJBMJHT')
    expect(codes.normalize(' HTTPS://example.com/device?ui_locales=de&user_code=wdjbmjht#top ')).toBe('WDJBMJHT')
    for (const other of [
      'https://example.com/device',
      'https://example.com/WDJB-MJHT',
      'javascript:user_code=WDJB-MJHT',
      `https://example.com/?x=${'x'.repeat(2_000)}&user_code=WDJB-MJHT`,
      'https://[?user_code=WDJB-MJHT',
    ]) {
      expect(codes.normalize(other), other.slice(0, 40)).toBeUndefined()
    }
  })

  it.each(shapes)('8628-5.1-2 %s codes are uniform at every place, over 10^5 draws', (_name, shape, pattern) => {
    const codes = createUserCodes(shape, [key])
    const drawn = Array.from({ length: draws }, () => codes.generate())
    expect(drawn.every((code) => pattern.test(code))).toBe(true)
    const bare = drawn.map((code) => code.replace(/[- ]/g, ''))
    const length = bare[0]?.length ?? 0
    for (let place = 0; place < length; place++) {
      const counts = count(bare.map((code) => code.charAt(place)))
      expect(chiSquare(counts, shape.charset.length)).toBeLessThan(limit(shape.charset.length))
    }
    // neighbours are independent of each other
    const pairs = count(bare.map((code) => code.slice(0, 2)))
    expect(chiSquare(pairs, shape.charset.length ** 2)).toBeLessThan(limit(shape.charset.length ** 2))
  })

  it('draws no offensive word with vowels in the charset: not across the dash, and not with digits as letters', () => {
    const shape = { charset: 'ACDEFIKLSTUX134', mask: '***-***-***' }
    const codes = createUserCodes(shape, [key])
    const bare = Array.from({ length: draws }, () => codes.generate().replaceAll('-', ''))
    const word = /FUCK|SEX|ASS|TIT|DICK|CUL|KILL|DEAD/
    const random = (): string => Array.from({ length: 9 }, () => shape.charset.charAt(randomIndex(15))).join('')
    const readable = (code: string): string => code.replaceAll('1', 'I').replaceAll('3', 'E').replaceAll('4', 'A')
    expect(bare.map(readable).filter((code) => word.test(code))).toEqual([])
    expect(Array.from({ length: draws }, random).filter((code) => word.test(readable(code))).length).toBeGreaterThan(
      100,
    )
  })

  it('does not look for words without vowels or in digits alone', () => {
    for (const charset of [string.charset, digital.charset, 'BCDFGHJKLMNPQRSTVWXZ2679']) {
      const finds = wordFinder(charset)
      for (const code of ['455', '80085', 'FCK', 'SHT', 'KKK']) expect(finds(code), charset).toBe(false)
    }
    expect(wordFinder('ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789')('X5H17X')).toBe(true)
  })

  it('the statistic finds the bias that a modulus would cause', () => {
    const biased = count(Array.from({ length: draws }, (_, index) => string.charset.charAt((index % 256) % 20)))
    expect(chiSquare(biased, 20)).toBeGreaterThan(limit(20))
  })

  it('8628-3.2-1 10^5 codes hardly repeat', () => {
    const codes = createUserCodes(string, [key])
    const distinct = new Set(Array.from({ length: draws }, () => codes.generate()))
    // 20^8 codes: 0.2 repeats are expected
    expect(distinct.size).toBeGreaterThan(draws - 8)
  })

  it('8628-5.2-1 device codes have 256 bits, all characters at every place, and never repeat', () => {
    const drawn = Array.from({ length: draws }, () => randomToken())
    expect(drawn.every((code) => /^[A-Za-z0-9_-]{43}$/.test(code))).toBe(true)
    expect(new Set(drawn).size).toBe(draws)
    // the first 72 bits never repeat either
    expect(new Set(drawn.map((code) => code.slice(0, 12))).size).toBe(draws)
    for (let place = 0; place < 42; place++) {
      expect(chiSquare(count(drawn.map((code) => code.charAt(place))), 64)).toBeLessThan(limit(64))
    }
    // 256 bits are 42 characters and four bits in the last one
    expect(chiSquare(count(drawn.map((code) => code.charAt(42))), 16)).toBeLessThan(limit(16))
  })

  it('6749-10.10-1 the codes of a request are of the kind that was measured', async () => {
    const { device_code: deviceCode, user_code: userCode } = await createTestServer().start()
    expect(deviceCode).toMatch(/^[A-Za-z0-9_-]{43}$/)
    expect(userCode).toMatch(/^[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}$/)
  })

  it('`digital` gives nine digits', async () => {
    const server = createTestServer({ userCode: { type: 'digital' } })
    expect((await server.start()).user_code).toMatch(/^\d{3}-\d{3}-\d{3}$/)
  })
})

describe('reading', () => {
  const codes = createUserCodes(string, [key])
  const wdjb: string[] = [
    'WDJB-MJHT',
    'wdjb-mjht',
    'WDJB MJHT',
    'WDJBMJHT',
    'WDJB—MJHT',
    'WDJB–MJHT',
    'WDJB−MJHT',
    '  wdjbmjht ',
    'w d j b m j h t',
    'WDJB_MJHT!',
    'WDJВ-MJHT',
    'WDJB-ΜJHT',
    '"WDJB-MJHT"',
    'WDJB\u00a0MJHT',
    'WDJB\u200b-\u200dMJHT',
    '\u202eWDJB-MJHT\u202c',
    '\ufeffWDJB-MJHT',
    'ＷＤＪＢ－ＭＪＨＴ',
    'ｗｄｊｂｍｊｈｔ',
    'WDJB\n-MJHT\r\n',
    'WDJB.MJHT 🦊',
    'ⓌⒹⒿⒷ-MJHT',
    'WDJ\u0301B-MJ\u0336HT',
  ]
  it.each(wdjb)('8628-6.1-1 8628-6.1-2 8628-6.1-3 F-38 %j is WDJBMJHT', (typed) => {
    expect(codes.normalize(typed)).toBe('WDJBMJHT')
  })

  const none: [string, string][] = [
    ['nothing', ''],
    ['too short', 'WDJB-MJH'],
    ['too long', 'WDJB-MJHTT'],
    ['ß, which upper-cases to SS', 'WDJB-MJHß'],
    ['ı, which upper-cases to I', 'WDJB-MJHı'],
    ['İ, which lower-cases to two', 'WDJB-MJHİ'],
    ['a combining mark that makes another letter', 'W\u0301DJB-MJHT'],
    ['another letter', 'ẂDJB-MJHT'],
    ['vowels for letters', 'AEIO-UAEI'],
    ['controls', '\u0000\u0001\u0002\u0003\u0004\u0005\u0006\u0007'],
    ['lone surrogates', '\ud800\ud800\ud800\ud800\ud800\ud800\ud800\ud800'],
    ['a code with padding without end', `WDJBMJHT${' '.repeat(100)}`],
    ['ligatures that expand', 'ﷺ'.repeat(64)],
  ]
  it.each(none)('F-38 %s is not a code', (_name, typed) => {
    expect(codes.normalize(typed)).toBeUndefined()
  })

  it('F-38 the long s is read as s, and nothing else', () => {
    expect(codes.normalize('ſſſſ-MJHT')).toBe('SSSSMJHT')
    expect(createUserCodes({ charset: 'BCDF', mask: '****' }, [key]).normalize('ſBCDF')).toBe('BCDF')
  })

  it('8628-6.1-2 does not depend on the locale: with a Turkish one, i is read as everywhere', () => {
    const withI = createUserCodes({ charset: 'FGHIJK', mask: '****' }, [key])
    // the upper case of i and the lower case of I in a Turkish locale
    expect('i'.toLocaleUpperCase('tr')).toBe('İ')
    expect('I'.toLocaleLowerCase('tr')).toBe('ı')
    expect(withI.normalize('fghi')).toBe('FGHI')
    expect(withI.normalize('FGHİ')).toBeUndefined()
    expect(withI.normalize('fghı')).toBeUndefined()
  })

  it('8628-6.1-5 reads a look-alike as the one that is in the charset, if only one is', () => {
    expect(codes.normalize('2DJB-MJHT')).toBe('ZDJBMJHT')
    expect(codes.normalize('5DJ8-MJHT')).toBe('SDJBMJHT')
    expect(codes.normalize('1DJB-MJHi')).toBe('LDJBMJHL')
    const digits = createUserCodes(digital, [key])
    expect(digits.normalize('O1l-23o-iIL')).toBe('011230111')
    expect(digits.normalize('SBZ-sbz-000')).toBe('582582000')
  })

  it('8628-6.1-5 a character of the charset is read as itself', () => {
    for (const shape of [string, digital, { charset: '0O1IL2Z5S8B', mask: '*' }, { charset: 'IL', mask: '*' }]) {
      const one = createUserCodes({ ...shape, mask: '*' }, [key])
      for (const character of shape.charset) {
        expect(one.normalize(character)).toBe(character)
        expect(one.normalize(character.toLowerCase())).toBe(character)
      }
    }
    const both = createUserCodes({ charset: 'IL', mask: '*' }, [key])
    expect(both.normalize('1')).toBeUndefined()
  })

  it('8628-6.1-4 names the look-alikes of a charset', () => {
    expect(lookAlikesIn('0123456789')).toEqual([])
    expect(lookAlikesIn(string.charset)).toEqual([])
    expect(lookAlikesIn('O0IL1B8')).toEqual(['0 and O', '1 and I and L', '8 and B'])
  })

  it('is reversed by formatting, for every code', () => {
    for (const shape of [string, digital]) {
      const { generate, normalize, format, pattern, numeric, count: size } = createUserCodes(shape, [key])
      for (let draw = 0; draw < 1000; draw++) {
        const displayed = generate()
        const canonical = normalize(displayed) ?? ''
        expect(format(canonical)).toBe(displayed)
        expect(normalize(canonical)).toBe(canonical)
      }
      expect(pattern).toBe(shape.mask.replaceAll('*', 'X'))
      expect(numeric).toBe(shape === digital)
      expect(size).toBe(shape === digital ? 10 ** 9 : 20 ** 8)
    }
  })

  it('F-38 a request is found by each spelling of its code', async () => {
    const { deviceAuth, start } = createTestServer()
    const { user_code: code } = await start()
    for (const typed of [code, code.toLowerCase(), code.replace('-', ' '), `  ${code.replace('-', '—')}!`]) {
      expect(await deviceAuth.find(typed)).toMatchObject({ clientId: 'tv' })
    }
    expect(await deviceAuth.find(`${code}B`)).toBeUndefined()
  })
})

describe('keeping', () => {
  it('6749-10.3-1 user codes are kept as HMAC, device codes and tokens as SHA-256', () => {
    const codes = createUserCodes(string, [key])
    expect(codes.hash('WDJBMJHT')).toBe(createHmac('sha256', key).update('WDJBMJHT').digest('base64url'))
    expect(createUserCodes(string, [Buffer.alloc(32, 2)]).hash('WDJBMJHT')).not.toBe(codes.hash('WDJBMJHT'))
    expect(hashSecret('')).toBe('47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU')
  })
})
