import { DeviceFlow, type Fetch } from '@device-auth/client'
import { expect, it } from 'vitest'
import { diagnose } from '../../src/doctor/diagnosis.ts'
import { deviations } from './answers.ts'

const issuer = 'https://as.example.com'
const metadata = {
  issuer,
  device_authorization_endpoint: `${issuer}/codes`,
  token_endpoint: `${issuer}/token`,
  grant_types_supported: ['urn:ietf:params:oauth:grant-type:device_code'],
}
const codes = {
  device_code: 'secret',
  user_code: 'BCDF-GHJK',
  verification_uri: `${issuer}/device`,
  expires_in: 600,
  interval: 5,
}

type Answer = readonly [status: number, body: unknown, headers?: Record<string, string>]

/** The answers of a server that does what the RFCs say. */
const correct = {
  metadata: [200, metadata] as Answer,
  codes: [200, codes] as Answer,
  poll: [400, { error: 'authorization_pending' }] as Answer,
}

function serverWith(changes: Partial<typeof correct>): Fetch {
  const answers = { ...correct, ...changes }
  return async (url, { body: form }) => {
    const { pathname } = new URL(url)
    const name = pathname.startsWith('/.well-known/') ? 'metadata' : pathname === '/token' ? 'poll' : 'codes'
    const isUnissued = name === 'poll' && !String(form).includes('device_code=secret')
    const [status, body, headers = {}] = isUnissued ? [400, { error: 'invalid_grant' }] : answers[name]
    const text = typeof body === 'string' ? body : JSON.stringify(body)
    return new Response(text, { status, headers: { 'content-type': 'application/json', ...headers } })
  }
}

/** True if a sign-in with these answers ends before a person can approve. */
async function isRefused(send: Fetch): Promise<boolean> {
  const flow = new DeviceFlow({ issuer, clientId: 'cli', fetch: send, maxAttempts: 1, timeLimit: 6 })
  const result = await flow.grant()
  flow.close()
  return !result.ok
}

/** The problems that the doctor finds. `unreachable` if it ends because nothing can be checked. */
async function problemsOf(send: Fetch): Promise<readonly string[]> {
  const connection = { fetch: send, profile: undefined }
  const findings = []
  try {
    for await (const finding of diagnose({ issuer, clientId: 'cli', scope: undefined, connection }))
      findings.push(finding)
  } catch {
    return ['unreachable']
  }
  return deviations(findings).filter((text) => text.startsWith('problem'))
}

it('finds no problem in a correct server', async () => {
  const send = serverWith({})
  expect([await isRefused(send), await problemsOf(send)]).toEqual([false, []])
})

it.each([
  ['another issuer', { metadata: [200, { ...metadata, issuer: 'https://other.example.com' }] }],
  ['no issuer', { metadata: [200, { ...metadata, issuer: undefined }] }],
  ['no device authorization endpoint', { metadata: [200, { ...metadata, device_authorization_endpoint: undefined }] }],
  ['no token endpoint', { metadata: [200, { ...metadata, token_endpoint: undefined }] }],
  [
    'a codes endpoint over http',
    { metadata: [200, { ...metadata, device_authorization_endpoint: 'http://a.example' }] },
  ],
  [
    'a password in an endpoint',
    { metadata: [200, { ...metadata, device_authorization_endpoint: 'https://a:b@as.example.com/codes' }] },
  ],
  ['metadata that are not found', { metadata: [404, 'not found'] }],
  ['metadata that are not JSON', { metadata: [200, '<html>'] }],
  ['metadata behind a redirect', { metadata: [302, '', { location: '/login' }] }],
  ['a temporary error', { metadata: [503, ''] }],
  ['codes that are not JSON', { codes: [200, '<html>'] }],
  ['codes that are refused', { codes: [401, { error: 'invalid_client' }] }],
  ['codes behind a redirect', { codes: [302, '', { location: '/login' }] }],
  ['no device code', { codes: [200, { ...codes, device_code: undefined }] }],
  ['no user code', { codes: [200, { ...codes, user_code: null }] }],
  ['no verification_uri', { codes: [200, { ...codes, verification_uri: null }] }],
  ['a path as verification_uri', { codes: [200, { ...codes, verification_uri: '/device' }] }],
  ['a verification_uri over http', { codes: [200, { ...codes, verification_uri: 'http://as.example.com/device' }] }],
  ['an unfit verification_url', { codes: [200, { ...codes, verification_uri: undefined, verification_url: 'x' }] }],
  ['no expires_in', { codes: [200, { ...codes, expires_in: undefined }] }],
  ['expires_in below 0', { codes: [200, { ...codes, expires_in: -1 }] }],
  ['an error with status 200', { codes: [200, { error: 'invalid_scope' }] }],
] as readonly (readonly [string, Partial<typeof correct>])[])(
  'login refuses %s, so the doctor finds a problem',
  async (_name, changes) => {
    const send = serverWith(changes)
    expect([await isRefused(send), await problemsOf(send)]).toEqual([true, [expect.any(String)]])
  },
)

it('says why the client refuses what no finding names', async () => {
  const send = serverWith({ poll: [400, { error: 'tea_time', error_description: 'Come\u001b[2J later' }] })
  expect(await problemsOf(send)).toEqual(['problem: A poll before the approval gets tea_time (HTTP 400)'])
  const gone = serverWith({ metadata: [404, { error: 'odd' }] })
  expect(await problemsOf(gone)).toEqual([expect.stringMatching(/^problem: No metadata found: /)])
})
