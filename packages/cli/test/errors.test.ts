import type { Failure, Outcome } from '@device-auth/client'
import { expect, it } from 'vitest'
import { failureError } from '../src/errors.ts'

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
  ['lost', 'invalid_grant', 1, 'The server issued the tokens, but they got lost on the network.'],
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

it('a server with a temporary problem', () => {
  const { message } = failureError(failure('server_unavailable', { status: 503 }), client, 'network')
  expect(message).toBe('https://as.example.com has a temporary problem (HTTP 503).')
})
