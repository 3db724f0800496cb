import { describe, expect, it } from 'vitest'
import { exitCodes } from '../../src/exit-codes.ts'
import { narrowToken } from '../../src/server/narrow-token.ts'

const issuer = 'https://as.example.com'
const client = { issuer, clientId: 'cli' }
const token = { accessToken: 'at', tokenType: 'Bearer', scope: 'read write' }
const endpoints = { deviceAuthorizationEndpoint: `${issuer}/codes`, tokenEndpoint: `${issuer}/token` }

/** A server with one answer. */
const answering = (members: object, status = 400) => ({
  ...endpoints,
  fetch: async () => Response.json(members, { status }),
})

describe('the words for an exchange that failed', () => {
  it.each([
    ['unsupported_grant_type', 'it does not support token exchange', 'Without --narrow, --resource and --audience'],
    ['unauthorized_client', 'The client cli may not exchange tokens.', 'grant-type:token-exchange for this client'],
    ['invalid_scope', 'cannot be narrowed to these scopes. Because.', 'the token has the scopes read write.'],
    ['invalid_target', 'not for this resource or audience. Because.', 'Check --resource and --audience.'],
    ['invalid_client', 'The server does not know the client cli', 'Check --client-id'],
    ['invalid_request', 'The server refused the request. Because.', 'Run device-auth doctor'],
  ])('%s', async (error, message, hint) => {
    const connection = answering({ error, error_description: 'Because.' })
    const thrown = await narrowToken(token, { scope: 'read' }, client, connection).catch((caught: unknown) => caught)
    expect(thrown).toMatchObject({
      exitCode: exitCodes.misconfigured,
      message: expect.stringContaining(message),
      details: { error, hint: expect.stringContaining(hint) },
    })
  })

  it('a server that cannot be reached has the words of every request', async () => {
    const fetch = () => Promise.reject(new TypeError('fetch failed'))
    const asked = narrowToken(token, { scope: 'read' }, client, { ...endpoints, fetch })
    await expect(asked).rejects.toMatchObject({ exitCode: exitCodes.network, details: { error: 'network_error' } })
  })

  it('a token with more scopes than were asked for is not printed', async () => {
    const wide = answering({ access_token: 'wide', token_type: 'Bearer', scope: 'read write' }, 200)
    const thrown = await narrowToken(token, { scope: 'read' }, client, wide).catch((caught: unknown) => caught)
    expect(thrown).toMatchObject({
      exitCode: exitCodes.misconfigured,
      message:
        'The server gave a token that is not narrow enough. The server gave scopes that were not asked for: write',
      details: { error: 'not_narrowed' },
    })
  })
})

it('a token without a scope in the answer has the scopes that were asked for, or those of the sign-in', async () => {
  const connection = answering({ access_token: 'narrow', token_type: 'Bearer', expires_in: 60 }, 200)
  expect(await narrowToken(token, { scope: 'read' }, client, connection)).toMatchObject({ scope: 'read' })
  const forOne = await narrowToken(token, { resource: ['https://a.example/'] }, client, connection)
  expect(forOne).toMatchObject({ accessToken: 'narrow', scope: 'read write' })
})
