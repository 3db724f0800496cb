import { describe, expect, it } from 'vitest'
import { errorResponse } from '../src/errors.ts'
import { bodyTooLarge, checkFormHeaders, MAX_FORM_BYTES, parseForm, parseRequest, readParameters } from '../src/form.ts'
import { bodyParser } from '../src/json-body.ts'
import { expectError, formRequest } from './server.ts'

const invalidRequest = expect.objectContaining({ code: 'invalid_request' })

describe('the type of the body', () => {
  it.each([
    'application/x-www-form-urlencoded',
    'APPLICATION/X-WWW-FORM-URLENCODED',
    'application/x-www-form-urlencoded;charset=UTF-8',
    'application/x-www-form-urlencoded; charset=utf-8',
    'application/x-www-form-urlencoded ; charset="UTF-8"',
    'application/x-www-form-urlencoded; charset=ISO-8859-1',
    'application/x-www-form-urlencoded;charset="us-ascii"',
    'application/x-www-form-urlencoded; charset=utf8',
    'application/x-www-form-urlencoded; charset=ascii',
    'application/x-www-form-urlencoded; charset=windows-1252',
    'application/x-www-form-urlencoded;',
    'application/x-www-form-urlencoded; charset=utf-8 ;',
  ])('8628-3.1-2 %s is accepted', (type) => {
    expect(checkFormHeaders({ 'content-type': type })).toBeUndefined()
  })

  it.each([
    'application/json',
    'multipart/form-data; boundary=x',
    'text/plain',
    '',
    'application/x-www-form-urlencoded, application/json',
    'application/x-www-form-urlencoded; charset=utf-16',
    'application/x-www-form-urlencoded; charset="utf-8',
    'application/x-www-form-urlencoded;;',
    'application/x-www-form-urlencodedx',
    'xapplication/x-www-form-urlencoded',
  ])('8628-3.1-2 %j is refused', (type) => {
    expect(checkFormHeaders({ 'content-type': type })).toMatchObject({ code: 'invalid_request', status: 400 })
  })

  it('8628-3.1-2 a type of many spaces is refused in no time', () => {
    const blanks = '\t'.repeat(16_000)
    const before = process.cpuUsage()
    for (const type of ['application/x-www-form-urlencoded', 'application/json']) {
      for (const tail of [`${blanks}8`, `;charset=utf-8${blanks}8`, `${blanks};charset=utf-8${blanks}8`])
        expect(bodyParser({ 'content-type': type + tail }, { readsJson: true })).toBeUndefined()
      const spaced = { 'content-type': `${type}${blanks};charset=utf-8${blanks};${blanks}` }
      expect(bodyParser(spaced, { readsJson: true })).toBeDefined()
    }
    const { user } = process.cpuUsage(before)
    expect(user).toBeLessThan(500_000)
  })

  it('8628-3.1-2 a body without a type is refused', () => {
    expect(checkFormHeaders({})).toMatchObject({ code: 'invalid_request', status: 400 })
  })

  it('a compressed body is refused with 415', () => {
    const type = { 'content-type': 'application/x-www-form-urlencoded' }
    expect(checkFormHeaders({ ...type, 'content-encoding': 'gzip' })).toMatchObject({ status: 415 })
    expect(checkFormHeaders({ ...type, 'content-encoding': 'Identity' })).toBeUndefined()
  })

  it('a body that is too large closes the connection, because the rest is not read', () => {
    const response = errorResponse(bodyTooLarge())
    expectError(response, 'invalid_request', 413)
    expect(response.headers.connection).toBe('close')
    expect(response.body).toMatch(String(MAX_FORM_BYTES))
  })
})

describe('a form in another charset than UTF-8', () => {
  it.each(['iso-8859-1', 'US-ASCII', 'ascii', 'latin1', 'windows-1252'])(
    '8628-3.1-2 %s is read if it is ASCII, and refused if not',
    (charset) => {
      const headers = { 'content-type': `application/x-www-form-urlencoded; charset=${charset}` }
      const known = new Set(['device_name'])
      const read = (body: string) =>
        parseRequest({ ...formRequest('/token', {}, { headers }), form: parseForm(body) }, known).parameters
      expect(read('device_name=Kitchen+TV').get('device_name')).toBe('Kitchen TV')
      expect(() => read('device_name=K%C3%BCche')).toThrow(invalidRequest)
      expect(() => read('K%C3%BCche=x')).toThrow(invalidRequest)
    },
  )
})

it('8628-3.1-2 utf8 is another name of UTF-8', () => {
  const headers = { 'content-type': 'application/x-www-form-urlencoded; charset=utf8' }
  const form = parseForm('device_name=K%C3%BCche')
  const { parameters } = parseRequest({ ...formRequest('/token', {}, { headers }), form }, new Set(['device_name']))
  expect(parameters.get('device_name')).toBe('Küche')
})

describe('parsing', () => {
  it('reads names and values, with repeated names', () => {
    const form = parseForm('a=1&b=x+y%2Bz&a=2&c&=d&%C3%BC=%E2%82%AC')
    expect([...form]).toEqual([
      ['a', '1'],
      ['b', 'x y+z'],
      ['a', '2'],
      ['c', ''],
      ['', 'd'],
      ['ü', '€'],
    ])
    expect([...parseForm('')]).toEqual([])
  })

  it.each(['a=%', 'a=%4', 'a=%zz', 'a=%FF', 'a=%C3', 'a=%ED%A0%80', 'a=\ufffd', '%80=a'])(
    '6749-10.14-1 %j is not a well-formed UTF-8 form',
    (text) => {
      expect(() => parseForm(text)).toThrow(invalidRequest)
    },
  )

  it('an encoded replacement character is accepted', () => {
    expect(parseForm('a=%EF%BF%BD').get('a')).toBe('\ufffd')
  })
})

describe('reading parameters', () => {
  const known = new Set(['client_id', 'scope'])
  const read = (text: string): [string, string][] => [...readParameters(new URLSearchParams(text), known)]

  it('8628-3.1-6 6749-3.2-2 an empty parameter counts as omitted', () => {
    expect(read('client_id=&scope=a')).toEqual([['scope', 'a']])
  })

  it('8628-3.1-7 6749-3.2-3 unknown parameters are ignored, repeated or not', () => {
    expect(read('x=1&x=2&__proto__=3&constructor=4&__proto__[x]=5&client_id=tv')).toEqual([['client_id', 'tv']])
  })

  it.each([
    'client_id=a&client_id=a',
    'client_id=a&client_id=b',
    'client_id=&client_id=a',
    'client_id=a&client_id=',
    'scope=&scope=',
  ])('8628-3.1-8 6749-3.2-4 %s is refused', (text) => {
    expect(() => read(text)).toThrow(invalidRequest)
  })

  it('limits the number of parameters, known or not', () => {
    const many = (count: number): string => Array.from({ length: count }, (_, index) => `x${index}=`).join('&')
    expect(read(many(50))).toEqual([])
    expect(() => read(many(51))).toThrow(invalidRequest)
  })

  it('names of Object.prototype are ordinary names', () => {
    expect([...readParameters(new URLSearchParams('__proto__=a'), new Set(['__proto__']))]).toEqual([
      ['__proto__', 'a'],
    ])
  })
})

describe('parseRequest', () => {
  it('adds the parameters and keeps everything else', () => {
    const native = { user: { id: 1 } }
    const request = formRequest('/token', { client_id: 'tv' }, { native, ip: '192.0.2.7', query: 'client_id=other' })
    const parsed = parseRequest(request, new Set(['client_id']))
    expect(parsed).toEqual({ ...request, parameters: new Map([['client_id', 'tv']]) })
    expect(parsed.native).toBe(native)
  })

  it('refuses the wrong type before it reads anything', () => {
    const request = formRequest(
      '/token',
      [
        ['client_id', 'a'],
        ['client_id', 'b'],
      ],
      { headers: { 'content-type': 'text/plain' } },
    )
    expect(() => parseRequest(request, new Set(['client_id']))).toThrow(/application\/x-www-form-urlencoded/)
  })
})
