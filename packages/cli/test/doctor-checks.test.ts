import { describe, expect, it } from 'vitest'
import type { Recorded } from '../src/answer.ts'
import { checkCodes } from '../src/check-codes.ts'
import { checkMetadata } from '../src/check-metadata.ts'
import { checkPolls } from '../src/check-polls.ts'
import type { Finding } from '../src/finding.ts'

const issuer = 'https://as.example.com/t'
const json = { 'content-type': 'application/json', 'cache-control': 'no-store' }
const answer = (members: object, more: Partial<Recorded> = {}): Recorded => ({
  url: 'https://as.example.com/.well-known/oauth-authorization-server/t',
  status: 200,
  headers: new Headers(json),
  members: members as Record<string, unknown>,
  ...more,
})
const not = (findings: readonly Finding[]): readonly string[] =>
  findings.filter(({ level }) => level !== 'ok').map(({ level, text }) => `${level}: ${text}`)

const metadata = {
  issuer,
  device_authorization_endpoint: `${issuer}/device_authorization`,
  token_endpoint: `${issuer}/token`,
  revocation_endpoint: `${issuer}/revoke`,
  grant_types_supported: ['urn:ietf:params:oauth:grant-type:device_code'],
  response_types_supported: [],
  token_endpoint_auth_methods_supported: ['none'],
}

describe('checkMetadata', () => {
  it('has nothing to say of what is right', () => {
    expect(not(checkMetadata(issuer, answer(metadata)))).toEqual([])
  })

  it.each([
    [{ device_authorization_endpoint: undefined }, 'problem: There is no device_authorization_endpoint'],
    [
      { token_endpoint: 'http://as.example.com/token' },
      'problem: The token_endpoint is not https: http://as.example.com/token',
    ],
    [{ token_endpoint: 'token' }, 'problem: The token_endpoint is not a URL: token'],
    [{ token_endpoint: `${issuer}/token#x` }, `problem: The token_endpoint has a fragment: ${issuer}/token#x`],
    [
      { grant_types_supported: [] },
      'problem: grant_types_supported does not name urn:ietf:params:oauth:grant-type:device_code',
    ],
    [
      { grant_types_supported: undefined },
      'warning: grant_types_supported is missing: its default has no device grant',
    ],
    [{ response_types_supported: undefined }, 'warning: response_types_supported is missing'],
    [{ revocation_endpoint: undefined }, 'warning: There is no revocation_endpoint: signing out cannot end tokens'],
    [
      { token_endpoint_auth_methods_supported: ['client_secret_basic'] },
      'warning: Clients without a secret are not announced, as devices mostly are',
    ],
    [
      { issuer: `${issuer}/` },
      `warning: The issuer is ${issuer}/, another text than ${issuer}: strict clients refuse it`,
    ],
  ])('%j', (change, expected) => {
    expect(not(checkMetadata(issuer, answer({ ...metadata, ...change })))).toEqual([expected])
  })

  it('another place, another type', () => {
    const url = `${issuer}/.well-known/oauth-authorization-server`
    const found = not(
      checkMetadata(issuer, answer(metadata, { url, headers: new Headers({ 'content-type': 'text/html' }) })),
    )
    expect(found).toEqual([
      `warning: Metadata: ${url}, which clients that look at the root of the host do not find`,
      'warning: The metadata are sent as text/html, not application/json',
    ])
  })
})

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

describe('checkPolls', () => {
  const says = (error: string, status = 400): Recorded => answer({ error }, { status })
  const right = [says('authorization_pending'), says('slow_down'), says('invalid_grant')] as const

  it('has nothing to say of what is right', () => {
    expect(not(checkPolls(...right))).toEqual([])
  })

  it('names each deviation', () => {
    const [pending, slow, unknown] = right
    expect(not(checkPolls(says('authorization_pending', 200), slow, unknown))).toEqual([
      'warning: authorization_pending comes with HTTP 200, not 400',
    ])
    expect(not(checkPolls(answer({ access_token: 'x' }), slow, unknown))).toEqual([
      'problem: A poll before the approval is answered no error, HTTP 200',
    ])
    expect(not(checkPolls(pending, says('slow_down', 429), unknown))).toEqual([])
    expect(not(checkPolls(pending, says('rate_limited', 429), unknown))).toEqual([
      'warning: A poll right after it is answered HTTP 429, not slow_down',
    ])
    expect(not(checkPolls(pending, slow, says('expired_token')))).toEqual([
      'warning: An invented device code is answered expired_token, HTTP 400, not invalid_grant',
    ])
    expect(not(checkPolls(pending, slow, pending))).toEqual([
      'problem: An invented device code is answered authorization_pending, HTTP 400',
    ])
  })
})
