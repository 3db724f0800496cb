import type { Failure, Outcome } from '@device-auth/client'
import { expect, it } from 'vitest'
import { CliError, failureError } from '../src/errors.ts'

const client = { issuer: 'https://as.example.com', clientId: 'cli' }
const failure = (error: string, more: Partial<Failure> = {}): Failure => ({
  ok: false,
  error,
  message: error,
  retryable: false,
  ...more,
})

it.each([
  ['denied', 'access_denied', 3, 'The request was denied.'],
  ['expired', 'expired_token', 4, 'The code expired before anybody approved it.'],
  ['timeout', 'timeout', 4, 'Nobody approved within the time limit.'],
  ['aborted', 'aborted', 130, 'Stopped.'],
  ['lost', 'invalid_grant', 1, 'The server no longer knows this sign-in.'],
  ['unattended', 'unattended', 7, 'Nobody can approve a sign-in here.'],
  ['rejected', 'odd', 1, 'The server refused the sign-in.'],
  ['network', 'network_error', 5, 'Cannot reach an authorization server at https://as.example.com.'],
  ['network', 'timeout', 5, 'https://as.example.com did not answer in time.'],
  ['network', 'invalid_response', 5, 'The answer from https://as.example.com is not that of an authorization server.'],
  ['misconfigured', 'invalid_client', 8, 'The server does not know the client cli, or requires its secret.'],
  ['misconfigured', 'unauthorized_client', 8, 'The client cli may not use the device grant.'],
  ['misconfigured', 'invalid_scope', 8, 'The server refused the scopes.'],
  ['misconfigured', 'insecure_url', 8, 'The server names an endpoint that is not https.'],
  ['misconfigured', 'invalid_request', 8, 'The server refused the request.'],
] as const)('%s, %s', (outcome: Outcome, error, exitCode, message) => {
  expect(failureError(failure(error), client, outcome)).toMatchObject({ exitCode, message, details: { error } })
})

it('the words of the server are shown with --verbose, without control characters', () => {
  const { details } = failureError(
    failure('odd\x1b[2J', { errorDescription: 'Go\x9b away', status: 418 }),
    client,
    'rejected',
  )
  expect(details).toMatchObject({ error: 'odd[2J', detail: 'odd[2J (HTTP 418): Go away' })
})

it('metadata of another issuer: both are named, whatever the outcome', () => {
  for (const outcome of ['network', 'misconfigured'] as const) {
    const local = { issuer: 'http://localhost:3000', clientId: 'cli' }
    const { message, details } = failureError(
      failure('invalid_response', { raw: { issuer: 'http://127.0.0.1:3000' } }),
      local,
      outcome,
    )
    expect(message).toBe('The server at http://localhost:3000 says that its issuer is http://127.0.0.1:3000.')
    expect(details.hint).toBe('If that is the server you mean, pass that address as --issuer.')
  }
})

it.each([
  [
    'network',
    'certificate_error',
    { errorDescription: 'self-signed certificate' },
    5,
    /^The certificate of .+: self-signed certificate\.$/,
  ],
  ['network', 'host_not_found', {}, 5, /^No host is found for https:/],
  ['network', 'connection_refused', {}, 5, /^Cannot reach an authorization server at /],
  ['network', 'proxy_error', {}, 5, /^The proxy in front of .+ failed: it refused the connection\.$/],
  ['network', 'temporarily_unavailable', { status: 429, retryAfter: 3600 }, 5, /takes no more requests for now\.$/],
  ['network', 'temporarily_unavailable', { status: 429 }, 5, /takes no more requests for now\.$/],
  ['network', 'invalid_response', { status: 429 }, 5, /takes no more requests for now\.$/],
  [
    'rejected',
    'invalid_id_token',
    { errorDescription: 'The id_token is not a JWT.' },
    1,
    /^The sign-in cannot be trusted, because its id_token is wrong\. The id_token is not a JWT\.$/,
  ],
  [
    'misconfigured',
    'metadata_not_found',
    { status: 404 },
    5,
    /^There is no authorization server at .+: it has no metadata\.$/,
  ],
  [
    'misconfigured',
    'invalid_response',
    { errorDescription: 'Unfit: verification_uri.' },
    8,
    /cannot be used\. Unfit: verification_uri\.$/,
  ],
  ['misconfigured', 'insecure_url', { errorDescription: 'http://a.example' }, 8, /not https: http:\/\/a\.example\.$/],
  [
    'misconfigured',
    'store_error',
    { errorDescription: 'The token store failed: no' },
    1,
    /^The token store failed: no\.$/,
  ],
] as const)('%s, %s %j', (outcome, error, more, exitCode, message) => {
  const { exitCode: code, message: text, details } = failureError(failure(error, more), client, outcome)
  expect([code, text]).toEqual([exitCode, expect.stringMatching(message)])
  expect(details.hint).toMatch(/\.$/)
})

it.each([
  ['certificate_error', 'certificate has expired (is the clock right?)'],
  ['invalid_id_token', 'The claim exp of the id_token is wrong.'],
])('%s that the clock of the machine may cause: the hint says so', (error, errorDescription) => {
  const { details } = failureError(failure(error, { errorDescription }), client, 'network')
  expect(details.hint).toBe('Check the date and the time of this machine, then try again.')
})

it('a redirect: the message says to where', () => {
  const redirect = failure('redirect_refused', { errorDescription: 'HTTP 301 to https://www.example.com/token' })
  expect(failureError(redirect, client, 'network').message).toBe(
    'https://as.example.com sends this program to another address: HTTP 301 to https://www.example.com/token.',
  )
})

it('message and hint are safe for the terminal, whoever made them', () => {
  const error = new CliError(1, 'a\u001b[2J\nb', { error: 'odd', hint: '\u202ec' })
  expect([error.message, error.details.hint]).toEqual(['a[2J b', 'c'])
})

it('a server with a temporary problem', () => {
  const { message } = failureError(failure('server_unavailable', { status: 503 }), client, 'network')
  expect(message).toBe('https://as.example.com has a temporary problem (HTTP 503).')
})
