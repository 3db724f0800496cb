import { describe, expect, it } from 'vitest'
import { checkCodes } from '../../src/doctor/codes.ts'
import { answer, deviations } from './answers.ts'

describe('checkCodes', () => {
  const codes = {
    device_code: 'x',
    user_code: 'BCDF-GHJK',
    verification_uri: 'https://example.com/device',
    expires_in: 600,
    interval: 5,
  }

  it('finds nothing in a correct answer', () => {
    expect(deviations(checkCodes(answer(codes)))).toEqual([])
    expect(deviations(checkCodes(answer({ ...codes, interval: undefined })))).toEqual([])
  })

  it.each([
    [
      { verification_uri: undefined, verification_url: 'https://x' },
      'warning: verification_uri has the name verification_url, as in drafts of the RFC',
    ],
    [{ verification_uri: undefined }, 'problem: verification_uri is missing'],
    [{ verification_uri: '' }, 'problem: verification_uri is missing'],
    [{ verification_uri: null }, 'problem: verification_uri is null, not an address'],
    [{ verification_uri: 5 }, 'problem: verification_uri is a number, not an address'],
    [{ verification_uri: '/device' }, 'problem: verification_uri is not an https address: /device'],
    [{ verification_uri: 'https://example.com/\u001b[2J' }, 'problem: verification_uri contains control characters'],
    [
      { verification_uri: 'http://example.com' },
      'problem: verification_uri is not an https address: http://example.com',
    ],
    [
      { verification_uri: 'javascript:alert(1)' },
      'problem: verification_uri is not an https address: javascript:alert(1)',
    ],
    [{ expires_in: '600' }, 'warning: expires_in is a string, not a number'],
    [{ expires_in: undefined }, 'problem: expires_in is missing'],
    [{ interval: 0 }, 'problem: interval is 0, not a positive number'],
    [
      { interval: { toString: 0, valueOf: 0 } },
      'problem: interval is {"toString":0,"valueOf":0}, not a positive number',
    ],
    [{ expires_in: [null] }, 'problem: expires_in is [null], not a positive number'],
    [{ expires_in: 60 }, 'warning: Codes expire after 60 seconds: too short to fetch a phone'],
    [{ expires_in: 86_400 }, 'warning: Codes expire after 86400 seconds: long enough for phishing'],
    [{ device_code: 1 }, 'problem: device_code is missing'],
    [{ user_code: 'B\x1b[2J' }, 'problem: user_code contains control characters'],
    [{ user_code: 'ABCDEFGHIJKLM' }, 'warning: A user code of 13 characters is long to type'],
  ])('%j', (change, expected) => {
    expect(deviations(checkCodes(answer({ ...codes, ...change })))).toEqual([expected])
  })

  it.each([
    [{ error: 'invalid_scope', error_description: 'Why.' }, 'invalid_scope: Why.'],
    [{ error: { code: 400, message: 'Why.' } }, '{"code":400,"message":"Why."}'],
    [{ errorCode: 'invalid_client' }, 'no error'],
  ])('a refusal shows the error as it came: %j', (members, shown) => {
    expect(deviations(checkCodes(answer(members, { status: 400 })))).toEqual([
      `problem: The server refuses to issue codes: HTTP 400, ${shown}`,
    ])
  })

  it('objects that are deeper than the stack, or have no text, are findings and throw nothing', () => {
    const deep: unknown = JSON.parse('['.repeat(60_000) + ']'.repeat(60_000))
    const shown = 'an object with many levels'
    expect(deviations(checkCodes(answer({ ...codes, interval: deep })))).toEqual([
      `problem: interval is ${shown}, not a positive number`,
    ])
    expect(deviations(checkCodes(answer({ error: deep, error_description: deep }, { status: 400 })))).toEqual([
      `problem: The server refuses to issue codes: HTTP 400, ${shown}`,
    ])
    const code = { user_code: { toString: 0 }, verification_uri_complete: 'https://example.com/device?c=1' }
    expect(deviations(checkCodes(answer({ ...codes, ...code })))).toEqual(['problem: user_code is missing'])
  })

  it('an address under the old name is checked too', () => {
    const old = { ...codes, verification_uri: undefined, verification_url: 'example.com/activate' }
    expect(deviations(checkCodes(answer(old)))).toEqual([
      'warning: verification_uri has the name verification_url, as in drafts of the RFC',
      'problem: verification_uri is not an https address: example.com/activate',
    ])
  })

  it('a host that looks like another one is shown in Punycode', () => {
    const texts = checkCodes(answer({ ...codes, verification_uri: 'https://аррӏе.com/device' })).map(({ text }) => text)
    expect(texts).toContain('verification_uri: https://xn--80ak6aa92e.com/device')
  })

  it('a refusal, an answer that is not JSON, wrong headers', () => {
    const refused = answer({ error: 'invalid_client', error_description: 'Who?' }, { status: 401 })
    expect(deviations(checkCodes(refused))).toEqual([
      'problem: The server refuses to issue codes: HTTP 401, invalid_client: Who?',
    ])
    expect(deviations(checkCodes({ ...refused, members: undefined }))).toEqual([
      'problem: The answer to the request for codes is not JSON (HTTP 401)',
    ])
    expect(deviations(checkCodes(answer(codes, { headers: new Headers() })))).toEqual([
      'warning: The Content-Type of the codes is none, not application/json',
      'warning: The codes may be cached: Cache-Control is not no-store',
    ])
  })
})
