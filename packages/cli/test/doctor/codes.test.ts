import { describe, expect, it } from 'vitest'
import { checkCodes } from '../../src/doctor/codes.ts'
import { answer, not } from './answers.ts'

describe('checkCodes', () => {
  const codes = {
    device_code: 'x',
    user_code: 'BCDF-GHJK',
    verification_uri: 'https://example.com/device',
    expires_in: 600,
    interval: 5,
  }

  it('has nothing to say of what is right', () => {
    expect(not(checkCodes(answer(codes)))).toEqual([])
    expect(not(checkCodes(answer({ ...codes, interval: undefined })))).toEqual([])
  })

  it.each([
    [
      { verification_uri: undefined, verification_url: 'https://x' },
      'warning: verification_uri is called verification_url, as in drafts',
    ],
    [{ verification_uri: undefined }, 'problem: There is no verification_uri'],
    [
      { verification_uri: 'http://example.com' },
      'problem: The verification_uri is not an https address: http://example.com',
    ],
    [
      { verification_uri: 'javascript:alert(1)' },
      'problem: The verification_uri is not an https address: javascript:alert(1)',
    ],
    [{ expires_in: '600' }, 'warning: expires_in is a string, not a number'],
    [{ expires_in: undefined }, 'problem: There is no expires_in'],
    [{ interval: 0 }, 'problem: interval is 0'],
    [{ expires_in: 60 }, 'warning: Codes live 60 seconds: too short to find the phone'],
    [{ expires_in: 86_400 }, 'warning: Codes live 86400 seconds: long enough to be talked out of someone'],
    [{ device_code: 1 }, 'problem: There is no device_code'],
    [{ user_code: 'B\x1b[2J' }, 'problem: The user_code holds control characters'],
    [{ user_code: 'ABCDEFGHIJKLM' }, 'warning: A user code of 13 characters is long to type'],
  ])('%j', (change, expected) => {
    expect(not(checkCodes(answer({ ...codes, ...change })))).toEqual([expected])
  })

  it('a refusal, a page, a form, a cache', () => {
    const refused = answer({ error: 'invalid_client', error_description: 'Who?' }, { status: 401 })
    expect(not(checkCodes(refused))).toEqual(['problem: Codes are refused with HTTP 401, invalid_client: Who?'])
    expect(not(checkCodes({ ...refused, members: undefined }))).toEqual(['problem: Codes: HTTP 401, and no JSON'])
    expect(not(checkCodes(answer(codes, { headers: new Headers() })))).toEqual([
      'warning: The codes are sent as nothing, not application/json',
      'warning: The codes may be cached: Cache-Control is not no-store',
    ])
  })
})
