import type { Failure, Outcome } from '@device-auth/client'
import { expect, it } from 'vitest'
import { failureError } from '../src/errors.ts'

const subject = { issuer: 'https://as.example.com', clientId: 'cli' }
const failure = (error: string, more: Partial<Failure> = {}): Failure => ({
  ok: false,
  error,
  retryable: false,
  ...more,
})

it.each([
  ['denied', 'access_denied', 3, 'The request was declined.'],
  ['expired', 'expired_token', 4, 'Nobody approved in time, and the code has expired.'],
  ['timeout', 'timeout', 4, 'Nobody approved within the time limit.'],
  ['aborted', 'aborted', 130, 'Stopped.'],
  ['lost', 'invalid_grant', 1, 'The tokens were lost on their way.'],
  ['unattended', 'unattended', 7, 'Nobody can approve a sign-in here.'],
  ['rejected', 'odd', 1, 'The server refuses the sign-in.'],
  ['network', 'network_error', 5, 'There is no authorization server at https://as.example.com, or no way to it.'],
  ['network', 'timeout', 5, 'https://as.example.com does not answer in time.'],
  ['network', 'invalid_response', 5, 'What answers at https://as.example.com is no authorization server.'],
  ['misconfigured', 'invalid_client', 8, 'The server does not know the client cli, or wants its secret.'],
  ['misconfigured', 'unauthorized_client', 8, 'The client cli may not sign in devices.'],
  ['misconfigured', 'invalid_scope', 8, 'The server refuses the scopes.'],
  ['misconfigured', 'insecure_url', 8, 'The server names an address that is not https.'],
  ['misconfigured', 'invalid_request', 8, 'The server refuses the request.'],
] as const)('%s, %s', (outcome: Outcome, error, exitCode, message) => {
  expect(failureError(failure(error), subject, outcome)).toMatchObject({ exitCode, message, details: { error } })
})

it('what the server says is for --verbose, and harmless', () => {
  const { details } = failureError(
    failure('odd\x1b[2J', { errorDescription: 'Go\x9b away', status: 418 }),
    subject,
    'rejected',
  )
  expect(details).toMatchObject({ error: 'odd[2J', detail: 'odd[2J (HTTP 418): Go away' })
})

it('a server that is out of order', () => {
  const { message } = failureError(failure('server_unavailable', { status: 503 }), subject, 'network')
  expect(message).toBe('https://as.example.com is out of order for the moment.')
})
